//! What the I/O task and the compute threads share of one connection.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sidecar_wire::wire_v1::Receipt;
use tokio::sync::Notify;

use crate::channel::frames::calls::Waiting;
use crate::channel::frames::outgoing::Outgoing;
use crate::channel::frames::transport::Transport;
use crate::host::Host;

/// Unsent replies over which nothing more is read.
const MAX_UNSENT_BYTES: usize = 8 * 1024 * 1024;

/// The two ends of a connection's work: the task reads, whoever has a reply writes.
#[derive(Debug)]
pub(in crate::channel) struct Link<T> {
    pub(in crate::channel) transport: T,
    state: Mutex<State<T>>,
    /// Wakes the task when it has to look at the link again.
    pub(in crate::channel) wake: Notify,
    /// Calls that wait or run, for a look without the lock.
    in_flight: AtomicUsize,
    /// The task wants to be woken by every reply: it does not read, or it waits for the last reply.
    watched: AtomicBool,
}

#[derive(Debug)]
struct State<T> {
    outgoing: Outgoing,
    /// Calls that wait or run, by id, with the flag that gives them up.
    calls: HashMap<u64, Arc<AtomicU32>>,
    /// Bytes of the requests of those calls.
    held_bytes: usize,
    /// Calls whose turn came while the peer did not read its replies.
    parked: Vec<Waiting<T>>,
}

/// What the task needs to know before it reads or ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backlog {
    /// Bytes that wait to be written.
    pub(super) unsent: usize,
    /// Calls that wait or run.
    pub(super) calls: usize,
}

impl Backlog {
    /// Too much waits to be written to take more.
    pub(super) fn is_over(self) -> bool {
        self.unsent > MAX_UNSENT_BYTES
    }

    /// Half is gone: reading goes on.
    pub(super) fn is_half_gone(self) -> bool {
        self.unsent <= MAX_UNSENT_BYTES / 2
    }
}

impl<T: Transport> Link<T> {
    pub(in crate::channel) fn new(transport: T) -> Self {
        let state = State {
            outgoing: Outgoing::new(),
            calls: HashMap::new(),
            held_bytes: 0,
            parked: Vec::new(),
        };
        Self {
            transport,
            state: Mutex::new(state),
            wake: Notify::new(),
            in_flight: AtomicUsize::new(0),
            watched: AtomicBool::new(false),
        }
    }

    /// Cuts replies to what the peer announced.
    pub(super) fn set_max_frame_bytes(&self, max_frame_bytes: usize) {
        self.lock().outgoing.set_max_frame_bytes(max_frame_bytes);
    }

    /// Lets every reply wake the task, or stops that.
    pub(super) fn watch(&self, watched: bool) {
        self.watched.store(watched, Ordering::Release);
    }

    /// Calls that wait or run.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// What waits now.
    pub(super) fn backlog(&self) -> Backlog {
        self.lock().backlog()
    }

    /// Bytes of requests that wait or run.
    pub(super) fn held_bytes(&self) -> usize {
        self.lock().held_bytes
    }

    /// Takes whole frames of the task and writes what the socket takes.
    pub(super) fn send(&self, frames: &mut Vec<u8>, host: &Host) -> io::Result<Backlog> {
        let mut state = self.lock();
        state.outgoing.push_frames(frames);
        self.write(&mut state, host)?;
        Ok(state.backlog())
    }

    /// Takes a reply of the task that is too large to copy; [`Link::send`] writes it.
    pub(super) fn push_large(&self, call_id: u64, receipt: &Receipt<'_>, payload: Bytes) {
        self.lock().outgoing.push_large(call_id, receipt, payload);
    }

    /// Lets a transport that is asked for bytes take what waits.
    pub(in crate::channel) fn pull<R>(
        &self,
        host: &Host,
        take: impl FnOnce(&mut Outgoing) -> R,
    ) -> R {
        let mut state = self.lock();
        let taken = take(&mut state.outgoing);
        state.unpark(host);
        drop(state);
        if self.watched.load(Ordering::Acquire) {
            self.wake.notify_one();
        }
        taken
    }

    /// Notes a call that is going to wait.
    pub(super) fn begin(&self, call_id: u64, cancel: Arc<AtomicU32>, request_bytes: usize) {
        let mut state = self.lock();
        state.calls.insert(call_id, cancel);
        state.held_bytes += request_bytes;
        self.in_flight.store(state.calls.len(), Ordering::Relaxed);
    }

    /// Forgets a call that found no place to wait.
    pub(super) fn forget(&self, call_id: u64, request_bytes: usize) {
        let mut state = self.lock();
        state.forget(call_id, request_bytes);
        self.in_flight.store(state.calls.len(), Ordering::Relaxed);
    }

    /// Takes the reply of a call that waited, and writes it from the compute thread: waking the task to write would
    /// cost a switch of threads.
    pub(super) fn finish(
        &self,
        call_id: u64,
        request_bytes: usize,
        receipt: &Receipt<'_>,
        payload: Vec<u8>,
        host: &Host,
    ) {
        let mut state = self.lock();
        state.forget(call_id, request_bytes);
        self.in_flight.store(state.calls.len(), Ordering::Relaxed);
        if state.outgoing.copies(payload.len()) {
            state.outgoing.push_small(call_id, receipt, &payload);
        } else {
            let payload = host.share(payload);
            state.outgoing.push_large(call_id, receipt, payload);
        }
        let left = self.write(&mut state, host).unwrap_or(true);
        drop(state);
        if left || self.watched.load(Ordering::Acquire) {
            self.wake.notify_one();
        }
    }

    /// Gives a call up when it still waits or runs.
    pub(super) fn cancel(&self, call_id: u64) {
        if let Some(cancel) = self.lock().calls.get(&call_id) {
            cancel.store(1, Ordering::Relaxed);
        }
    }

    /// Gives all calls up: the connection is gone.
    pub(super) fn cancel_all(&self) {
        let mut state = self.lock();
        state.parked.clear();
        for cancel in state.calls.values() {
            cancel.store(1, Ordering::Relaxed);
        }
    }

    /// Puts a call aside while the peer does not read its replies; gives it back when it may run.
    pub(super) fn park(&self, waiting: Waiting<T>) -> Option<Waiting<T>> {
        let mut state = self.lock();
        if state.backlog().is_over() {
            state.parked.push(waiting);
            return None;
        }
        Some(waiting)
    }

    fn write(&self, state: &mut State<T>, host: &Host) -> io::Result<bool> {
        let left = self.transport.write(&mut state.outgoing)?;
        state.unpark(host);
        Ok(left)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Transport> State<T> {
    fn backlog(&self) -> Backlog {
        Backlog {
            unsent: self.outgoing.unsent(),
            calls: self.calls.len(),
        }
    }

    fn forget(&mut self, call_id: u64, request_bytes: usize) {
        self.calls.remove(&call_id);
        self.held_bytes -= request_bytes;
    }

    /// Lets calls that were put aside run, once the peer has read enough.
    fn unpark(&mut self, host: &Host) {
        if !self.parked.is_empty() && self.backlog().is_half_gone() {
            for waiting in self.parked.drain(..) {
                host.pool.resubmit(Box::new(|| waiting.start()));
            }
        }
    }
}
