//! What a call frame does: it opens a call, adds to one, or is skipped; a whole request is run or queued.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use sidecar_kernels::{Hosted, plant};
use sidecar_wire::Message;
use sidecar_wire::frame::{Prefix, ProtocolError};
use sidecar_wire::lists::{
    Channel, Codec, MAX_KERNEL_NAME_BYTES, MAX_TRACESTATE_BYTES, Reason, WINDOW_CALLS,
};
use sidecar_wire::status::Failure;
use sidecar_wire::trace_context::{TRACE_CONTEXT_LEN, TraceContext};
use sidecar_wire::wire_v1::CallHeader;

use crate::body::Body;
use crate::call::{Call, Target, Trace};
use crate::channel::frames::assembly::Assembly;
use crate::channel::frames::link::Link;
use crate::channel::frames::outgoing::{append_reply, is_copied};
use crate::channel::frames::session::{Filling, Session};
use crate::channel::frames::transport::Transport;
use crate::host::{Host, admit, queue_full, receipt};

/// A call whose header was read and found good.
struct Opened<'h> {
    target: Target<'h>,
    call: Call,
    total: usize,
}

impl<T: Transport> Session<T> {
    /// Takes a call frame; `payload` is `None` where it is still to be read.
    pub(super) fn take_call(
        &mut self,
        host: &Host,
        prefix: Prefix,
        header: &[u8],
        payload: Option<&[u8]>,
    ) -> Result<(), ProtocolError> {
        let id = prefix.call_id;
        if id <= self.last_id {
            self.continue_call(id, header, &prefix)?;
        } else {
            self.last_id = id;
            match self.open_call(host, header) {
                _ if self.closing.is_some() => {}
                Err(failure) => self.refuse(id, None, Call::default(), failure),
                Ok(opened) => match payload {
                    Some(payload) if !prefix.more => {
                        self.whole_call(host, id, opened, payload);
                        return Ok(());
                    }
                    _ => self.assemble(host, id, opened, prefix.payload_len),
                },
            }
        }
        self.take_piece(host, &prefix, payload);
        Ok(())
    }

    /// Checks a frame of a call that is known, or whose failure is known: then its pieces are skipped.
    fn continue_call(
        &mut self,
        id: u64,
        header: &[u8],
        prefix: &Prefix,
    ) -> Result<(), ProtocolError> {
        if !header.is_empty() {
            return Err(ProtocolError::CallId(id));
        }
        let too_much = self
            .assemblies
            .get(&id)
            .is_some_and(|assembly| assembly.body.missing() < prefix.payload_len);
        if too_much {
            self.fail_assembly(id, pieces_failure());
        }
        Ok(())
    }

    /// Reads the header, and takes or refuses the call before a byte of its payload is kept.
    fn open_call<'h>(&mut self, host: &'h Host, header: &[u8]) -> Result<Opened<'h>, Failure> {
        let header = CallHeader::decode(Codec::Msgpack, header)
            .map_err(|malformed| Failure::new(Reason::MalformedHeader, malformed.to_string()))?;
        check_lengths(&header)?;
        let target = host.find(&header.kernel, header.codec, header.total_bytes)?;
        self.check_window(host)?;
        let total = usize::try_from(header.total_bytes).unwrap_or(usize::MAX);
        let call = Call {
            deadline_ns: self.deadline(header.deadline_ns),
            wants_stamps: header.stamps,
            trace: trace(host, T::CHANNEL, &header, total),
            ..Call::default()
        };
        Ok(Opened {
            target,
            call,
            total,
        })
    }

    /// From the time left to the point in time; 0 stays 0, which means none.
    fn deadline(&mut self, left_ns: u64) -> u64 {
        match left_ns {
            0 => 0,
            left_ns => self.read_ns().saturating_add(left_ns),
        }
    }

    fn check_window(&self, host: &Host) -> Result<(), Failure> {
        let calls = self.link.in_flight() + self.assemblies.len();
        if calls < WINDOW_CALLS as usize {
            return Ok(());
        }
        let retry_after_ns = host.pool.full().retry_after_ns;
        let text = format!("the window of {WINDOW_CALLS} calls is full; wait for replies");
        Err(Failure::new(Reason::QueueFull, text).retry_after(retry_after_ns))
    }

    /// A request that came in one frame and is still in the read buffer.
    fn whole_call(&mut self, host: &Host, id: u64, opened: Opened<'_>, payload: &[u8]) {
        if payload.len() != opened.total {
            return self.refuse(id, Some(opened.target), opened.call, pieces_failure());
        }
        self.dispatch(
            host,
            id,
            opened.target,
            opened.call,
            Request::Borrowed(payload),
        );
    }

    /// Notes a call whose payload comes in pieces.
    fn assemble(&mut self, host: &Host, id: u64, opened: Opened<'_>, first_piece: usize) {
        let Opened {
            target,
            call,
            total,
        } = opened;
        if first_piece > total {
            return self.refuse(id, Some(target), call, pieces_failure());
        }
        if let Err(failure) = host.check_held(self.held_bytes(), total) {
            return self.refuse(id, Some(target), call, failure);
        }
        let assembly = Assembly {
            kernel: Arc::clone(target.kernel),
            codec: target.codec,
            call,
            body: Body::new(host.buffers.take(total), total),
        };
        self.assemblies.insert(id, assembly);
    }

    fn held_bytes(&self) -> usize {
        let unfinished: usize = self
            .assemblies
            .values()
            .map(|assembly| assembly.body.total())
            .sum();
        self.link.held_bytes() + unfinished
    }

    fn take_piece(&mut self, host: &Host, prefix: &Prefix, payload: Option<&[u8]>) {
        let (call_id, more) = (prefix.call_id, prefix.more);
        let Some(payload) = payload else {
            self.filling = Some(Filling {
                call_id,
                left: prefix.payload_len,
                more,
            });
            return;
        };
        if let Some(assembly) = self.assemblies.get_mut(&call_id) {
            assembly.body.append(payload);
        }
        self.end_piece(host, call_id, more);
    }

    /// Runs the call when its last piece is there.
    pub(super) fn end_piece(&mut self, host: &Host, id: u64, more: bool) {
        if more {
            return;
        }
        let Some(assembly) = self.assemblies.remove(&id) else {
            return;
        };
        let Assembly {
            kernel,
            codec,
            call,
            body,
        } = assembly;
        let target = Target {
            kernel: &kernel,
            codec,
        };
        if body.missing() > 0 {
            return self.refuse(id, Some(target), call, pieces_failure());
        }
        self.dispatch(host, id, target, call, Request::Owned(body.into_bytes()));
    }

    /// Gives a call up on the caller's word.
    pub(super) fn take_cancel(&mut self, id: u64) {
        let text = "the caller gave the call up before its request was whole";
        self.fail_assembly(
            id,
            Failure::new(Reason::CallerCancelled, text).not_executed(),
        );
        self.link.cancel(id);
    }

    pub(super) fn fail_assembly(&mut self, id: u64, failure: Failure) {
        if let Some(assembly) = self.assemblies.remove(&id) {
            let target = Target {
                kernel: &assembly.kernel,
                codec: assembly.codec,
            };
            self.refuse(id, Some(target), assembly.call, failure);
        }
    }

    /// Runs a whole request here when it is cheap, else queues it.
    fn dispatch(
        &mut self,
        host: &Host,
        id: u64,
        target: Target<'_>,
        mut call: Call,
        request: Request<'_>,
    ) {
        match admit(target, request.bytes(), &mut call) {
            Err(failure) => self.refuse(id, Some(target), call, failure),
            Ok(true) => self.run_inline(host, id, target, call, request.bytes()),
            Ok(false) => self.queue(host, id, target, call, request),
        }
    }

    fn run_inline(
        &mut self,
        host: &Host,
        id: u64,
        target: Target<'_>,
        mut call: Call,
        request: &[u8],
    ) {
        let mut reply = std::mem::take(&mut self.scratch);
        reply.clear();
        let outcome = host.run(target, request, &mut call, None, self.max_reply, &mut reply);
        self.scratch = reply;
        self.answer(id, Some(target), call, &outcome);
    }

    fn refuse(&mut self, id: u64, target: Option<Target<'_>>, call: Call, failure: Failure) {
        self.scratch.clear();
        self.answer(id, target, call, &Err(failure));
    }

    /// Answers with what stands in the scratch buffer.
    fn answer(
        &mut self,
        id: u64,
        target: Option<Target<'_>>,
        call: Call,
        outcome: &Result<(), Failure>,
    ) {
        plant::delay("reply_wire");
        let version = target.map_or(0, |target| target.kernel.spec().version);
        let stamps = call.asked_stamps();
        let receipt = receipt(outcome, version, stamps, self.scratch.len());
        let reply_bytes = self.scratch.len();
        if is_copied(reply_bytes, self.max_frame_bytes) {
            append_reply(&mut self.batch, id, &receipt, &self.scratch);
        } else {
            let payload = self.host.share(std::mem::take(&mut self.scratch));
            self.link.push_large(id, &receipt, payload);
        }
        self.host
            .record(T::CHANNEL, target, call, outcome, reply_bytes);
    }

    fn queue(
        &mut self,
        host: &Host,
        id: u64,
        target: Target<'_>,
        call: Call,
        request: Request<'_>,
    ) {
        let waiting = Waiting {
            host: Arc::clone(&self.host),
            link: Arc::clone(&self.link),
            id,
            kernel: Arc::clone(target.kernel),
            codec: target.codec,
            call,
            request: request.into_owned(host),
            cancel: Arc::default(),
            max_reply: self.max_reply,
        };
        let request_bytes = waiting.request.len();
        self.link
            .begin(id, Arc::clone(&waiting.cancel), request_bytes);
        if let Err(full) = host.pool.submit(Box::new(|| waiting.start())) {
            self.link.forget(id, request_bytes);
            self.refuse(id, Some(target), Call::default(), queue_full(full));
        }
    }
}

/// A whole request, in the read buffer or in its own.
enum Request<'a> {
    Borrowed(&'a [u8]),
    Owned(Vec<u8>),
}

impl Request<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }

    fn into_owned(self, host: &Host) -> Vec<u8> {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Borrowed(bytes) => {
                let mut owned = host.buffers.take(bytes.len());
                owned.clear();
                owned.extend_from_slice(bytes);
                owned
            }
        }
    }
}

/// A call on its way to a compute thread.
pub(super) struct Waiting<T> {
    host: Arc<Host>,
    link: Arc<Link<T>>,
    id: u64,
    kernel: Arc<dyn Hosted>,
    codec: Codec,
    call: Call,
    request: Vec<u8>,
    cancel: Arc<AtomicU32>,
    max_reply: usize,
}

impl<T> std::fmt::Debug for Waiting<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> Waiting<T> {
    /// Runs now, or when the peer has read its replies.
    pub(super) fn start(self) {
        let link = Arc::clone(&self.link);
        if let Some(waiting) = link.park(self) {
            waiting.compute();
        }
    }

    fn run(&mut self, reply: &mut Vec<u8>) -> Result<(), Failure> {
        let target = Target {
            kernel: &self.kernel,
            codec: self.codec,
        };
        let cancel = Some(&*self.cancel);
        self.host.run(
            target,
            &self.request,
            &mut self.call,
            cancel,
            self.max_reply,
            reply,
        )
    }

    fn compute(mut self) {
        let mut reply = self.host.buffers.take(self.request.len());
        reply.clear();
        let given_up = self.call.given_up(&self.cancel);
        let outcome = match given_up {
            Some(failure) => Err(failure),
            None => self.run(&mut reply),
        };
        let target = Target {
            kernel: &self.kernel,
            codec: self.codec,
        };
        plant::delay("reply_wire");
        let stamps = self.call.asked_stamps();
        let reply_bytes = reply.len();
        let receipt = receipt(&outcome, self.kernel.spec().version, stamps, reply_bytes);
        // Before the reply is out: a drain that sees the last reply flushes the spans.
        self.host
            .record(T::CHANNEL, Some(target), self.call, &outcome, reply_bytes);
        self.link
            .finish(self.id, self.request.len(), &receipt, reply, &self.host);
        self.host
            .buffers
            .give(self.request, self.host.max_message_bytes);
    }
}

fn check_lengths(header: &CallHeader<'_>) -> Result<(), Failure> {
    let refused = |text: &'static str| Err(Failure::new(Reason::MalformedHeader, text));
    if header.kernel.len() > MAX_KERNEL_NAME_BYTES {
        return refused("the kernel's name is over 64 bytes");
    }
    if header.tracestate.len() > MAX_TRACESTATE_BYTES {
        return refused("the tracestate is over 512 bytes");
    }
    match header.trace_context.len() {
        0 | TRACE_CONTEXT_LEN => Ok(()),
        _ => refused("the trace context is neither empty nor 25 bytes"),
    }
}

pub(super) fn pieces_failure() -> Failure {
    let text = "the pieces of the request do not add up to total_bytes";
    Failure::new(Reason::MalformedHeader, text)
}

#[inline]
fn trace(
    host: &Host,
    channel: Channel,
    header: &CallHeader<'_>,
    request_bytes: usize,
) -> Option<Box<Trace>> {
    if header.trace_context.is_empty() || !host.spans.is_on() {
        return None;
    }
    let context = TraceContext::from_bytes(&header.trace_context)?;
    context.is_sampled().then(|| {
        Box::new(Trace {
            context,
            state: String::from_utf8_lossy(&header.tracestate).into_owned(),
            channel: channel.name(),
            request_bytes,
        })
    })
}
