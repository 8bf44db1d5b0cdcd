//! What the I/O task and the compute threads share of one connection.

use std::collections::HashMap;
use std::io::{self, IoSlice, IoSliceMut};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::{readv, writev};
use sidecar_wire::wire_v1::Receipt;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::Notify;

use crate::channel::uds::calls::Waiting;
use crate::channel::uds::outgoing::Outgoing;
use crate::host::Host;

/// Unsent replies over which nothing more is read.
const MAX_UNSENT_BYTES: usize = 8 * 1024 * 1024;

/// The two ends of a connection's work: the task reads, whoever has a reply writes.
#[derive(Debug)]
pub(super) struct Link {
    stream: UnixStream,
    state: Mutex<State>,
    /// Wakes the task when it has to look at the link again.
    pub(super) wake: Notify,
    /// Calls that wait or run, for a look without the lock.
    in_flight: AtomicUsize,
    /// The task wants to be woken by every reply: it does not read, or it waits for the last reply.
    watched: AtomicBool,
}

#[derive(Debug)]
struct State {
    outgoing: Outgoing,
    /// Calls that wait or run, by id, with the flag that gives them up.
    calls: HashMap<u64, Arc<AtomicU32>>,
    /// Bytes of the requests of those calls.
    held_bytes: usize,
    /// Calls whose turn came while the peer did not read its replies.
    parked: Vec<Waiting>,
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

impl Link {
    pub(super) fn new(stream: UnixStream) -> Self {
        let state = State {
            outgoing: Outgoing::new(),
            calls: HashMap::new(),
            held_bytes: 0,
            parked: Vec::new(),
        };
        Self {
            stream,
            state: Mutex::new(state),
            wake: Notify::new(),
            in_flight: AtomicUsize::new(0),
            watched: AtomicBool::new(false),
        }
    }

    /// Waits until the socket can do what is asked.
    pub(super) async fn ready(&self, interest: Interest) -> io::Result<tokio::io::Ready> {
        self.stream.ready(interest).await
    }

    /// Reads once. A read that did not fill what it was offered has emptied the socket, so readiness is given up
    /// without another system call (epoll(7), edge-triggered, question 9).
    pub(super) fn read(&self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut count = 0;
        let read = self.stream.try_io(Interest::READABLE, || {
            count = readv(&self.stream, slices)?;
            emptied(0 < count && count < offered)
        });
        settle(read, count)
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
    pub(super) fn push_reply(&self, call_id: u64, receipt: &Receipt<'_>, payload: Vec<u8>) {
        self.lock().outgoing.push_reply(call_id, receipt, payload);
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
        state.outgoing.push_reply(call_id, receipt, payload);
        let wrote = self.write(&mut state, host);
        let left = state.outgoing.unsent() > 0;
        drop(state);
        if left || wrote.is_err() || self.watched.load(Ordering::Acquire) {
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
    pub(super) fn park(&self, waiting: Waiting) -> Option<Waiting> {
        let mut state = self.lock();
        if state.backlog().is_over() {
            state.parked.push(waiting);
            return None;
        }
        Some(waiting)
    }

    fn write(&self, state: &mut State, host: &Host) -> io::Result<()> {
        while state.outgoing.unsent() > 0 {
            let (_, spent) = match state.outgoing.write(|slices| self.try_write(slices)) {
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            if let Some(payload) = spent {
                host.buffers.give(payload, host.max_message_bytes);
            }
        }
        if state.backlog().is_half_gone() {
            for waiting in state.parked.drain(..) {
                host.pool.resubmit(Box::new(|| waiting.start()));
            }
        }
        Ok(())
    }

    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut count = 0;
        let wrote = self.stream.try_io(Interest::WRITABLE, || {
            count = writev(&self.stream, slices)?;
            emptied(count < offered)
        });
        settle(wrote, count)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
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
}

/// Tells `try_io` that the socket is not ready any more.
fn emptied(emptied: bool) -> io::Result<()> {
    if emptied {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    Ok(())
}

/// What was moved counts, whatever was said of readiness.
fn settle(result: io::Result<()>, count: usize) -> io::Result<usize> {
    match result {
        Err(error) if count == 0 => Err(error),
        _ => Ok(count),
    }
}
