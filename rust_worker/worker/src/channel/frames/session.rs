//! One connection: its loop, its hello, its end. `calls.rs` has what a call frame does.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sidecar_wire::frame::{PREFIX_LEN, Prefix, ProtocolError, Side};
use sidecar_wire::lists::{Codec, FrameType, MAX_FRAME_BYTES, Reason, WINDOW_CALLS};
use sidecar_wire::stamps::now_ns;
use sidecar_wire::wire_v1::{Goaway, Hello};
use sidecar_wire::{Message, handshake};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::channel::frames::assembly::Assembly;
use crate::channel::frames::calls::pieces_failure;
use crate::channel::frames::inbox::Inbox;
use crate::channel::frames::link::{Backlog, Link};
use crate::channel::frames::outgoing::append_frame;
use crate::channel::frames::transport::{Transport, Wanted};
use crate::host::Host;
use crate::shutdown::{Phase, Watcher};

/// A peer that has not sent its hello by then is cut.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// A frame up to here is parsed where it was read; of a longer one the payload is read straight into its place.
const IN_PLACE_BYTES: usize = 128 * 1024;

/// The least `max_frame_bytes` that a peer may announce: a receipt with its text has to fit.
const MIN_FRAME_BYTES: u64 = 4096;

/// Replies of a batch that are kept back for one write; over it they are written in between.
const BATCH_BYTES: usize = 1024 * 1024;

/// Why a connection ended before its time.
#[derive(Debug, Error)]
pub(in crate::channel) enum SessionError {
    /// The transport failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The peer broke a rule.
    #[error("protocol error: {0}")]
    Protocol(#[from] ProtocolError),
    /// No hello came.
    #[error("no hello within {} s", HELLO_TIMEOUT.as_secs())]
    NoHello,
    /// The drain's bound passed.
    #[error("cut with {0} calls in flight")]
    Cut(usize),
}

/// The state of one connection that only its task touches.
pub(in crate::channel) struct Session<T> {
    pub(super) host: Arc<Host>,
    pub(super) link: Arc<Link<T>>,
    watcher: Watcher,
    inbox: Inbox,
    /// Frames for the next write.
    pub(super) batch: Vec<u8>,
    /// Where the reply of an inline call is encoded.
    pub(super) scratch: Vec<u8>,
    /// Requests that come in several frames.
    pub(super) assemblies: HashMap<u64, Assembly>,
    /// Payload bytes of the open frame that are still to come.
    pub(super) filling: Option<Filling>,
    /// Highest call id that came.
    pub(super) last_id: u64,
    /// CLOCK_MONOTONIC ns when the frames in hand were read; 0 until someone wants to know.
    read_ns: u64,
    /// The peer's limit for a frame.
    pub(super) max_frame_bytes: usize,
    /// The peer's limit for a reply.
    pub(super) max_reply: usize,
    greeted: bool,
    /// How the connection comes to its end, once it does.
    pub(super) closing: Option<Closing>,
    /// Reading waits until the peer has read half of what is unsent.
    paused: bool,
}

/// Why a connection ends when its calls are finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// Goaway is sent: no further call is taken.
    Leaving,
    /// The client has ended its direction: nothing more is read.
    HalfClosed,
}

/// A frame whose payload is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling {
    pub(super) call_id: u64,
    pub(super) left: usize,
    pub(super) more: bool,
}

impl<T: Transport> Session<T> {
    pub(in crate::channel) fn new(host: Arc<Host>, link: Arc<Link<T>>, watcher: Watcher) -> Self {
        Self {
            host,
            link,
            watcher,
            inbox: Inbox::new(T::FIRST_READ_BYTES),
            batch: Vec::new(),
            scratch: Vec::new(),
            assemblies: HashMap::new(),
            filling: None,
            last_id: 0,
            read_ns: 0,
            max_frame_bytes: MAX_FRAME_BYTES,
            max_reply: usize::MAX,
            greeted: false,
            closing: None,
            paused: false,
        }
    }

    /// Serves the connection to its end.
    pub(in crate::channel) async fn run(mut self) -> Result<(), SessionError> {
        let served = self.serve().await;
        self.link.cancel_all();
        served
    }

    async fn serve(&mut self) -> Result<(), SessionError> {
        let mut hello = Box::pin(sleep_until(Instant::now() + HELLO_TIMEOUT));
        loop {
            self.heed_phase()?;
            self.parse()?;
            let was_paused = self.paused;
            let backlog = self.flush()?;
            if was_paused && !self.paused {
                // Whole frames may still stand in the inbox, of which no socket tells.
                continue;
            }
            if self.is_done(backlog) {
                return Ok(());
            }
            if self.wait(backlog, hello.as_mut()).await? && self.read()? {
                if !T::HALF_CLOSES {
                    return Ok(());
                }
                self.half_close();
            }
            tokio::task::coop::consume_budget().await;
        }
    }

    /// Says goodbye when the worker drains, and breaks off when the bound has passed.
    fn heed_phase(&mut self) -> Result<(), SessionError> {
        match self.watcher.phase() {
            Phase::Serving => {}
            Phase::Draining => self.leave(Reason::Draining),
            Phase::Cut => {
                return Err(SessionError::Cut(
                    self.link.backlog().calls + self.assemblies.len(),
                ));
            }
        }
        Ok(())
    }

    fn leave(&mut self, reason: Reason) {
        if self.closing.is_some() {
            return;
        }
        self.closing = Some(Closing::Leaving);
        self.link.watch(true);
        if self.greeted {
            let goaway = Goaway {
                last_call_id: self.last_id,
                reason: reason.number(),
            };
            let encode = |out: &mut Vec<u8>| goaway.encode(Codec::Msgpack, out);
            append_frame(&mut self.batch, FrameType::Goaway, 0, encode, &[]);
        }
    }

    /// The client is done: what it has sent in full is still answered.
    fn half_close(&mut self) {
        self.closing = Some(Closing::HalfClosed);
        self.link.watch(true);
        self.filling = None;
        let unfinished: Vec<u64> = self.assemblies.keys().copied().collect();
        for id in unfinished {
            self.fail_assembly(id, pieces_failure());
        }
    }

    fn is_done(&self, backlog: Backlog) -> bool {
        self.closing.is_some()
            && backlog.calls == 0
            && backlog.unsent == 0
            && self.assemblies.is_empty()
    }

    /// Writes the batch, and starts or stops reading by what is left.
    fn flush(&mut self) -> io::Result<Backlog> {
        let backlog = self.link.send(&mut self.batch, &self.host)?;
        let paused = backlog.is_over() || (self.paused && !backlog.is_half_gone());
        if paused != self.paused {
            self.paused = paused;
            self.link.watch(paused || self.closing.is_some());
        }
        Ok(backlog)
    }

    /// Waits for something to do. True when there may be bytes to read.
    async fn wait(
        &mut self,
        backlog: Backlog,
        hello: Pin<&mut Sleep>,
    ) -> Result<bool, SessionError> {
        let next = match self.closing {
            Some(_) => Phase::Cut,
            None => Phase::Draining,
        };
        let wanted = self.wanted(backlog);
        tokio::select! {
            biased;
            ready = self.link.transport.ready(wanted) => Ok(ready? && wanted != Wanted::Room),
            () = self.link.wake.notified() => Ok(false),
            () = self.watcher.reached(next) => Ok(false),
            () = hello, if !self.greeted => Err(SessionError::NoHello),
        }
    }

    fn wanted(&self, backlog: Backlog) -> Wanted {
        let reads = !self.paused && self.closing != Some(Closing::HalfClosed);
        match (reads, backlog.unsent > 0) {
            (false, _) => Wanted::Room,
            (true, true) => Wanted::BytesOrRoom,
            (true, false) => Wanted::Bytes,
        }
    }

    /// Reads once, a long payload straight into its place. True when the peer has closed the connection.
    fn read(&mut self) -> io::Result<bool> {
        let wanted = self.filling.map_or(0, |filling| filling.left);
        let assembly = self
            .filling
            .and_then(|filling| self.assemblies.get_mut(&filling.call_id));
        let link = &self.link;
        let mut body = assembly.map(|assembly| &mut assembly.body);
        let room = body.as_mut().map_or(&mut [][..], |body| body.spare(wanted));
        let taken = match self.inbox.read(room, |slices| link.transport.read(slices)) {
            Ok(taken) => taken,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        self.read_ns = 0;
        if let Some(body) = body {
            body.fill(taken.into_body);
        }
        if let Some(filling) = &mut self.filling {
            filling.left -= taken.into_body;
        }
        Ok(taken.count == 0)
    }

    /// When the frames in hand were read. The clock is read once for all of them.
    pub(super) fn read_ns(&mut self) -> u64 {
        if self.read_ns == 0 {
            self.read_ns = now_ns();
        }
        self.read_ns
    }

    /// Takes every whole frame that was read.
    fn parse(&mut self) -> Result<(), SessionError> {
        // Set aside, so that a frame can be borrowed while the session acts on it.
        let mut inbox = std::mem::take(&mut self.inbox);
        let parsed = self.parse_frames(&mut inbox);
        self.inbox = inbox;
        parsed
    }

    fn parse_frames(&mut self, inbox: &mut Inbox) -> Result<(), SessionError> {
        let host = Arc::clone(&self.host);
        self.take_filling(&host, inbox);
        while !self.paused && self.filling.is_none() {
            let Some(head) = inbox.unread().first_chunk::<PREFIX_LEN>() else {
                break;
            };
            let prefix = Prefix::parse(head, Side::Client, MAX_FRAME_BYTES)?;
            let in_place = prefix.frame_len() <= IN_PLACE_BYTES;
            let needed = if in_place {
                prefix.frame_len()
            } else {
                PREFIX_LEN + prefix.header_len
            };
            let Some(frame) = inbox.unread().get(PREFIX_LEN..needed) else {
                break;
            };
            let (header, payload) = frame.split_at(prefix.header_len);
            self.take_frame(&host, prefix, header, in_place.then_some(payload))?;
            inbox.consume(needed);
            self.take_filling(&host, inbox);
            if self.batch.len() > BATCH_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Moves what has come of the open frame's payload into its place, or away when its call has failed.
    fn take_filling(&mut self, host: &Host, inbox: &mut Inbox) {
        let Some(mut filling) = self.filling.take() else {
            return;
        };
        let part = filling.left.min(inbox.unread().len());
        if let Some(assembly) = self.assemblies.get_mut(&filling.call_id) {
            assembly.body.append(&inbox.unread()[..part]);
        }
        inbox.consume(part);
        filling.left -= part;
        match filling.left {
            0 => self.end_piece(host, filling.call_id, filling.more),
            _ => self.filling = Some(filling),
        }
    }

    /// `payload` is `None` where it is still to be read.
    fn take_frame(
        &mut self,
        host: &Host,
        prefix: Prefix,
        header: &[u8],
        payload: Option<&[u8]>,
    ) -> Result<(), SessionError> {
        if self.greeted == (prefix.kind == FrameType::Hello) {
            return Err(ProtocolError::Hello.into());
        }
        match prefix.kind {
            FrameType::Call => self.take_call(host, prefix, header, payload)?,
            FrameType::Cancel => self.take_cancel(prefix.call_id),
            FrameType::Ping => self.pong(prefix.call_id, payload.unwrap_or_default()),
            FrameType::Hello => self.greet(host, header)?,
            FrameType::Goaway => {
                decode::<Goaway>(header, prefix.kind)?;
            }
            FrameType::Pong | FrameType::Reply => {}
        }
        Ok(())
    }

    fn pong(&mut self, id: u64, payload: &[u8]) {
        append_frame(&mut self.batch, FrameType::Pong, id, |_| (), payload);
    }

    /// Reads the peer's hello and sends ours; another major is told goodbye.
    fn greet(&mut self, host: &Host, header: &[u8]) -> Result<(), ProtocolError> {
        let hello: Hello = decode(header, FrameType::Hello)?;
        if hello.max_frame_bytes < MIN_FRAME_BYTES {
            return Err(ProtocolError::Header(FrameType::Hello.number()));
        }
        let announced = usize::try_from(hello.max_frame_bytes).unwrap_or(usize::MAX);
        self.max_frame_bytes = announced.min(MAX_FRAME_BYTES);
        self.link.set_max_frame_bytes(self.max_frame_bytes);
        self.max_reply = usize::try_from(hello.max_message_bytes).unwrap_or(usize::MAX);
        self.greeted = true;
        let ours = Hello {
            contract: host.contract,
            max_message_bytes: host.max_message_bytes as u64,
            max_frame_bytes: MAX_FRAME_BYTES as u64,
            window_calls: WINDOW_CALLS,
            clock_domain: host.clock_domain.as_slice().into(),
        };
        let encode = |out: &mut Vec<u8>| ours.encode(Codec::Msgpack, out);
        append_frame(&mut self.batch, FrameType::Hello, 0, encode, &[]);
        if !host.agrees(hello.contract) {
            let theirs = handshake::contract_text(hello.contract);
            tracing::warn!(
                contract = theirs,
                "a client of another contract major was sent away"
            );
            self.leave(Reason::ContractMismatch);
        }
        Ok(())
    }
}

/// Reads the header of a frame that has no call to answer.
fn decode<'a, M: Message<'a>>(header: &'a [u8], kind: FrameType) -> Result<M, ProtocolError> {
    M::decode(Codec::Msgpack, header).map_err(|_| ProtocolError::Header(kind.number()))
}
