//! One gRPC call of a kernel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use http::request::Parts;
use hyper::body::Incoming;
use sidecar_kernels::{Hosted, plant};
use sidecar_wire::bytes::BYTES_METHOD;
use sidecar_wire::lists::{Channel, Codec, Reason};
use sidecar_wire::status::Failure;
use sidecar_wire::wire_v1::Receipt;
use tokio::sync::oneshot;
use tonic::body::Body as ReplyBody;

use crate::call::{Call, Target};
use crate::channel::grpc::message::{self, PREFIX_LEN, Request};
use crate::channel::grpc::metadata;
use crate::host::{self, Host, admit, queue_full, receipt};

/// What a call gave, with what is needed to say so.
struct Done {
    outcome: Result<(), Failure>,
    call: Call,
    /// Five bytes for the prefix, then the reply.
    framed: Vec<u8>,
}

impl Done {
    fn failed(call: Call, failure: Failure) -> Self {
        Self {
            outcome: Err(failure),
            call,
            framed: Vec::new(),
        }
    }
}

/// Answers one call.
pub(super) async fn answer(
    host: &Arc<Host>,
    channel: Channel,
    draining: bool,
    held: &AtomicUsize,
    parts: Parts,
    mut body: Incoming,
) -> http::Response<ReplyBody> {
    let mut unanswered = Unanswered::new(host, channel);
    let found = find(host, channel, draining, &parts);
    let (target, done) = match found {
        Err(failure) => (None, Done::failed(Call::default(), failure)),
        Ok((target, call)) => {
            unanswered.target = Some(target);
            let done = serve(host, target, call, held, &mut body).await;
            (Some(target), done)
        }
    };
    unanswered.host = None;
    reply(host, channel, target, done)
}

fn find<'h>(
    host: &'h Host,
    channel: Channel,
    draining: bool,
    parts: &Parts,
) -> Result<(Target<'h>, Call), Failure> {
    let call = metadata::read_call(&parts.headers, host, channel)?;
    let target = match parts.uri.path() {
        BYTES_METHOD => host.find_bytes(metadata::kernel_name(&parts.headers)?),
        path => host.find_method(path),
    }?;
    if draining {
        return Err(host::draining());
    }
    Ok((target, call))
}

async fn serve(
    host: &Arc<Host>,
    target: Target<'_>,
    mut call: Call,
    held: &AtomicUsize,
    body: &mut Incoming,
) -> Done {
    let mut kept = Hold { held, bytes: 0 };
    let accept = |length: usize| {
        host.check_size(target, length as u64)?;
        host.check_held(held.load(Ordering::Relaxed), length)?;
        kept.take(length);
        Ok(())
    };
    let request = match message::read(body, &host.buffers, accept).await {
        Ok(request) => request,
        Err(failure) => return Done::failed(call, failure),
    };
    if let Some(trace) = &mut call.trace {
        trace.request_bytes = request.len();
    }
    match admit(target, &request, &mut call) {
        Err(failure) => Done::failed(call, failure),
        Ok(true) => run(host, target, call, None, request),
        Ok(false) => queue(host, target, call, request).await,
    }
}

/// Runs the kernel on this thread.
fn run(
    host: &Host,
    target: Target<'_>,
    mut call: Call,
    cancel: Option<&AtomicU32>,
    request: Request,
) -> Done {
    let mut framed = host.buffers.take(request.len());
    framed.clear();
    framed.extend_from_slice(&[0; PREFIX_LEN]);
    let outcome = host.run(target, &request, &mut call, cancel, usize::MAX, &mut framed);
    request.recycle(&host.buffers, host.max_message_bytes);
    Done {
        outcome,
        call,
        framed,
    }
}

/// Hands the call to a compute thread. When the caller gives up, this future is dropped and the kernel is told.
async fn queue(host: &Arc<Host>, target: Target<'_>, call: Call, request: Request) -> Done {
    let cancel = CancelOnDrop::default();
    let (tell, told) = oneshot::channel();
    let waiting = Waiting {
        host: Arc::clone(host),
        kernel: Arc::clone(target.kernel),
        codec: target.codec,
        call,
        request,
        cancel: Arc::clone(&cancel.0),
        tell,
    };
    if let Err(full) = host.pool.submit(Box::new(|| waiting.compute())) {
        return Done::failed(Call::default(), queue_full(full));
    }
    told.await.unwrap_or_else(|_| {
        let text = "the call was lost on its way through the pool; report this";
        Done::failed(Call::default(), Failure::new(Reason::InternalError, text))
    })
}

/// A call on its way to a compute thread.
struct Waiting {
    host: Arc<Host>,
    kernel: Arc<dyn Hosted>,
    codec: Codec,
    call: Call,
    request: Request,
    cancel: Arc<AtomicU32>,
    tell: oneshot::Sender<Done>,
}

impl Waiting {
    fn compute(self) {
        let target = Target {
            kernel: &self.kernel,
            codec: self.codec,
        };
        let done = match self.call.given_up(&self.cancel) {
            Some(failure) => Done::failed(self.call, failure),
            None => run(
                &self.host,
                target,
                self.call,
                Some(&self.cancel),
                self.request,
            ),
        };
        // The caller may have gone; then nobody wants the reply.
        let _ = self.tell.send(done);
    }
}

fn reply(
    host: &Host,
    channel: Channel,
    target: Option<Target<'_>>,
    done: Done,
) -> http::Response<ReplyBody> {
    plant::delay("reply_wire");
    let Done {
        outcome,
        call,
        framed,
    } = done;
    let version = target.map_or(0, |target| target.kernel.spec().version);
    let stamps = call.asked_stamps();
    let reply_bytes = framed.len().saturating_sub(PREFIX_LEN);
    let receipt = receipt(&outcome, version, stamps, reply_bytes);
    let response = match &outcome {
        Err(failure) => metadata::status(host, failure, &receipt).into_http(),
        Ok(()) => success(host, &receipt, framed),
    };
    host.record(channel, target, call, &outcome, reply_bytes);
    response
}

fn success(host: &Host, receipt: &Receipt<'_>, framed: Vec<u8>) -> http::Response<ReplyBody> {
    let mut response = http::Response::new(message::reply_body(framed, host));
    *response.headers_mut() = metadata::reply_headers(host, receipt);
    response
}

/// Counts a call whose stream went away before its answer: its future is dropped.
struct Unanswered<'h> {
    /// None once the call is answered.
    host: Option<&'h Host>,
    channel: Channel,
    target: Option<Target<'h>>,
}

impl<'h> Unanswered<'h> {
    fn new(host: &'h Host, channel: Channel) -> Self {
        Self {
            host: Some(host),
            channel,
            target: None,
        }
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let Some(counts) = self.host.and_then(|host| host.counts.as_ref()) else {
            return;
        };
        let gone = Failure::new(
            Reason::CallerCancelled,
            "the stream was reset by its caller",
        );
        counts.answered(self.channel, self.target, &Call::default(), &Err(gone));
    }
}

/// Tells the kernel when its caller's stream is gone.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicU32>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(1, Ordering::Relaxed);
    }
}

/// Bytes that a connection holds for a call, until its reply is there.
struct Hold<'c> {
    held: &'c AtomicUsize,
    bytes: usize,
}

impl Hold<'_> {
    fn take(&mut self, bytes: usize) {
        self.bytes = bytes;
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
