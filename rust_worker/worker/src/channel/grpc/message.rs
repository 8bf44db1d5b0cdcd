//! A length-prefixed gRPC message (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"): one byte that says whether it is
//! compressed, four bytes of length, big-endian, the bytes.

use std::convert::Infallible;
use std::ops::Deref;

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use sidecar_wire::lists::Reason;
use sidecar_wire::status::Failure;
use tonic::body::Body as ReplyBody;

use crate::body::Body;
use crate::buffers::Buffers;
use crate::channel::grpc::metadata;
use crate::host::Host;

/// Bytes before a message.
pub(super) const PREFIX_LEN: usize = 5;

/// The bytes of a request: where HTTP/2 left them, or put together from its frames.
#[derive(Debug)]
pub(super) enum Request {
    Shared(Bytes),
    Own(Vec<u8>),
}

impl Deref for Request {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl Request {
    /// Gives the buffer back, when it has one of its own.
    pub(super) fn recycle(self, buffers: &Buffers, limit: usize) {
        if let Self::Own(bytes) = self {
            buffers.give(bytes, limit);
        }
    }
}

/// Reads the one message of a unary call. `accept` sees its length before a byte of it is kept.
///
/// # Errors
/// What `accept` says, `MALFORMED_PAYLOAD` when the bytes are no single message, `UNKNOWN_CODEC` when it is compressed.
pub(super) async fn read(
    body: &mut Incoming,
    buffers: &Buffers,
    accept: impl FnOnce(usize) -> Result<(), Failure>,
) -> Result<Request, Failure> {
    let (prefix, rest) = read_prefix(body).await?;
    let length = message_len(prefix)?;
    accept(length)?;
    let request = if rest.len() == length {
        Request::Shared(rest)
    } else {
        Request::Own(read_rest(body, buffers, rest, length).await?)
    };
    match next(body).await? {
        None => Ok(request),
        Some(_) => Err(malformed("bytes follow the one message of a unary call")),
    }
}

fn malformed(text: &'static str) -> Failure {
    Failure::new(Reason::MalformedPayload, text)
}

async fn read_prefix(body: &mut Incoming) -> Result<([u8; PREFIX_LEN], Bytes), Failure> {
    let missing = || malformed("the stream ended before its message");
    let mut first = next(body).await?.ok_or_else(missing)?;
    while first.len() < PREFIX_LEN {
        let more = next(body).await?.ok_or_else(missing)?;
        first = [first, more].concat().into();
    }
    let rest = first.split_off(PREFIX_LEN);
    let prefix = first.first_chunk().copied().ok_or_else(missing)?;
    Ok((prefix, rest))
}

/// The length that a prefix announces.
///
/// # Errors
/// `UNKNOWN_CODEC` when the message is compressed, `MALFORMED_PAYLOAD` when the prefix is none.
pub(super) fn message_len([compressed, length @ ..]: [u8; PREFIX_LEN]) -> Result<usize, Failure> {
    match compressed {
        0 => Ok(u32::from_be_bytes(length) as usize),
        1 => Err(Failure::new(
            Reason::UnknownCodec,
            "compressed messages are not carried: send identity",
        )),
        _ => Err(malformed("the message's prefix is neither 0 nor 1")),
    }
}

async fn read_rest(
    body: &mut Incoming,
    buffers: &Buffers,
    first: Bytes,
    length: usize,
) -> Result<Vec<u8>, Failure> {
    let mut message = Body::new(buffers.take(length), length);
    let mut piece = first;
    loop {
        if piece.len() > message.missing() {
            return Err(malformed("bytes follow the one message of a unary call"));
        }
        message.append(&piece);
        if message.missing() == 0 {
            return Ok(message.into_bytes());
        }
        piece = next(body)
            .await?
            .ok_or_else(|| malformed("the stream ended inside its message"))?;
    }
}

/// The next bytes of the stream; `None` at its end.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Failure::new(
                Reason::CallerCancelled,
                "the stream was reset before its message was whole",
            )
            .not_executed()
        })?;
        match frame.into_data() {
            Ok(data) if data.is_empty() => {}
            Ok(data) => return Ok(Some(data)),
            Err(_trailers) => {}
        }
    }
    Ok(None)
}

/// Fills in the prefix that was left free before a reply, and makes the body of it.
pub(super) fn reply_body(mut framed: Vec<u8>, host: &Host) -> ReplyBody {
    // The message limit keeps the length under 32 bits.
    let length = u32::try_from(framed.len() - PREFIX_LEN).unwrap_or(u32::MAX);
    framed[1..PREFIX_LEN].copy_from_slice(&length.to_be_bytes());
    let trailers = std::future::ready(Some(Ok::<HeaderMap, Infallible>(metadata::ok_trailers())));
    ReplyBody::new(Full::new(host.share(framed)).with_trailers(trailers))
}
