//! A client of the channels `uds` and `grpc-stream` that can also do what a client must not.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use sidecar_wire::Message;
use sidecar_wire::frame::{PREFIX_LEN, Prefix, Side, payload_room};
use sidecar_wire::lists::{
    CONTRACT, Codec, FrameType, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, Reason, Status,
};
use sidecar_wire::wire_v1::{CallHeader, Goaway, Hello, Receipt};
use tonic::Code;

use crate::process::{SOON, Worker};
use crate::stream_bridge::{self, Ended};

/// Declares the tests of both transports: each function is called with the flag that opens its door.
macro_rules! over_both_transports {
    ($($test:ident),* $(,)?) => {
        mod uds {
            $(#[test] fn $test() { super::$test("--uds"); })*
        }
        mod grpc_stream {
            $(#[test] fn $test() { super::$test("--grpc-uds"); })*
        }
    };
}
pub(crate) use over_both_transports;

pub(crate) struct FrameClient {
    pub(crate) stream: UnixStream,
    next_id: u64,
    partial: HashMap<u64, (Receipt<'static>, Vec<u8>)>,
    /// How the stream ended; `None` on a socket, which has no word for it.
    ended: Option<Ended>,
}

pub(crate) struct Frame {
    pub(crate) prefix: Prefix,
    pub(crate) header: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) id: u64,
    pub(crate) receipt: Receipt<'static>,
    pub(crate) payload: Vec<u8>,
}

impl Reply {
    pub(crate) fn reason(&self) -> Reason {
        let reason = Reason::from_number(self.receipt.reason).expect("of the list");
        assert_eq!(
            Status::from_number(self.receipt.status),
            Some(reason.status())
        );
        reason
    }
}

pub(crate) fn encoded<'a>(codec: Codec, message: &impl Message<'a>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(codec, &mut bytes);
    bytes
}

pub(crate) fn header_of(kernel: &'static str, codec: Codec, payload: &[u8]) -> CallHeader<'static> {
    CallHeader {
        kernel: kernel.as_bytes().into(),
        codec: codec.number(),
        total_bytes: payload.len() as u64,
        ..CallHeader::default()
    }
}

pub(crate) fn frame(
    kind: FrameType,
    more: bool,
    call_id: u64,
    header: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let prefix = Prefix {
        kind,
        more,
        header_len: header.len(),
        payload_len: payload.len(),
        call_id,
    };
    [&prefix.to_bytes(), header, payload].concat()
}

pub(crate) fn hello() -> Hello<'static> {
    Hello {
        contract: CONTRACT,
        max_message_bytes: MAX_MESSAGE_BYTES as u64,
        max_frame_bytes: MAX_FRAME_BYTES as u64,
        ..Hello::default()
    }
}

impl FrameClient {
    /// A connection that has not said hello, by the frames' socket or, when there is none, by a gRPC stream.
    pub(crate) fn silent(worker: &Worker) -> Self {
        if let Some(address) = worker.handshake.endpoints.get("uds") {
            return Self::new(UnixStream::connect(address).expect("it listens"), None);
        }
        let (stream, ended) = stream_bridge::open(worker.endpoint("grpc-stream"));
        Self::new(stream, Some(ended))
    }

    fn new(stream: UnixStream, ended: Option<Ended>) -> Self {
        stream.set_read_timeout(Some(SOON)).expect("ours");
        stream.set_write_timeout(Some(SOON)).expect("ours");
        Self {
            stream,
            next_id: 1,
            partial: HashMap::new(),
            ended,
        }
    }

    pub(crate) fn connect(worker: &Worker) -> Self {
        Self::connect_with(worker, &hello()).0
    }

    /// A connection to a frames' socket.
    pub(crate) fn connect_at(path: &str) -> Self {
        let stream = UnixStream::connect(path).expect("it listens");
        Self::new(stream, None).greeted(&hello()).0
    }

    pub(crate) fn connect_with(worker: &Worker, hello: &Hello<'_>) -> (Self, Hello<'static>) {
        Self::silent(worker).greeted(hello)
    }

    fn greeted(self, hello: &Hello<'_>) -> (Self, Hello<'static>) {
        let mut client = self;
        client.send(&frame(
            FrameType::Hello,
            false,
            0,
            &encoded(Codec::Msgpack, hello),
            &[],
        ));
        let answer = client.read_frame().expect("a hello");
        assert_eq!(answer.prefix.kind, FrameType::Hello);
        let theirs = Hello::decode(Codec::Msgpack, &answer.header).expect("well formed");
        let clock_domain = Cow::Owned(theirs.clock_domain.to_vec());
        (
            client,
            Hello {
                clock_domain,
                ..theirs
            },
        )
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the worker reads");
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Sends a whole call, in as many frames as it takes.
    pub(crate) fn send_call(&mut self, header: &CallHeader<'_>, payload: &[u8]) -> u64 {
        let id = self.next_id();
        for piece in call_frames(id, header, payload, MAX_FRAME_BYTES) {
            self.send(&piece);
        }
        id
    }

    pub(crate) fn call(&mut self, kernel: &'static str, codec: Codec, payload: &[u8]) -> Reply {
        let id = self.send_call(&header_of(kernel, codec, payload), payload);
        let reply = self.read_reply();
        assert_eq!(reply.id, id);
        reply
    }

    /// The next frame; `None` when the worker has closed the connection.
    pub(crate) fn read_frame(&mut self) -> Option<Frame> {
        let mut head = [0; PREFIX_LEN];
        let count = self.stream.read(&mut head).unwrap_or(0);
        if count == 0 {
            return None;
        }
        self.stream
            .read_exact(&mut head[count..])
            .expect("a whole prefix");
        let prefix = Prefix::parse(&head, Side::Worker, MAX_FRAME_BYTES).expect("a good frame");
        let mut header = vec![0; prefix.header_len];
        let mut payload = vec![0; prefix.payload_len];
        self.stream.read_exact(&mut header).expect("a whole frame");
        self.stream.read_exact(&mut payload).expect("a whole frame");
        Some(Frame {
            prefix,
            header,
            payload,
        })
    }

    /// The next reply that is whole.
    pub(crate) fn read_reply(&mut self) -> Reply {
        loop {
            let frame = self.read_frame().expect("the connection lives");
            if let Some(reply) = self.take_reply(frame) {
                return reply;
            }
        }
    }

    fn take_reply(&mut self, frame: Frame) -> Option<Reply> {
        let Frame {
            prefix,
            header,
            payload,
        } = frame;
        assert_eq!(prefix.kind, FrameType::Reply);
        let id = prefix.call_id;
        let first = || (receipt(&header), Vec::new());
        let (_, all) = self.partial.entry(id).or_insert_with(first);
        all.extend_from_slice(&payload);
        if prefix.more {
            return None;
        }
        let (receipt, payload) = self.partial.remove(&id)?;
        assert_eq!(receipt.total_bytes, payload.len() as u64);
        Some(Reply {
            id,
            receipt,
            payload,
        })
    }

    pub(crate) fn read_goaway(&mut self) -> Goaway {
        let frame = self.read_frame().expect("the connection lives");
        assert_eq!(frame.prefix.kind, FrameType::Goaway);
        Goaway::decode(Codec::Msgpack, &frame.header).expect("well formed")
    }

    /// Asserts what the worker said at the end of a stream.
    pub(crate) fn assert_ended(&self, expected: Code, case: &str) {
        if let Some(ended) = &self.ended {
            let status = ended.recv_timeout(SOON).expect("the stream ended");
            assert_eq!(status.code(), expected, "{case}: {status:?}");
        }
    }

    /// True when the worker closes without another word.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.read_frame().is_none()
    }
}

/// The frames of a call for a reader of `max_frame_bytes`.
pub(crate) fn call_frames(
    id: u64,
    header: &CallHeader<'_>,
    payload: &[u8],
    max_frame_bytes: usize,
) -> Vec<Vec<u8>> {
    let mut header = encoded(Codec::Msgpack, header);
    let (mut frames, mut rest) = (Vec::new(), payload);
    loop {
        let (piece, left) =
            rest.split_at(rest.len().min(payload_room(header.len(), max_frame_bytes)));
        frames.push(frame(FrameType::Call, !left.is_empty(), id, &header, piece));
        if left.is_empty() {
            return frames;
        }
        header.clear();
        rest = left;
    }
}

fn receipt(header: &[u8]) -> Receipt<'static> {
    let receipt = Receipt::decode(Codec::Msgpack, header).expect("well formed");
    Receipt {
        message: Cow::Owned(receipt.message.to_vec()),
        stamps_ns: receipt.stamps_ns.clone().into_owned(),
        hops_ns: receipt.hops_ns.clone().into_owned(),
        ..receipt
    }
}
