//! Load on the channels `uds` and `grpc-stream` by one connection and N callers in a closed loop.
//!
//!     taskset -c 1 sidecar-worker --socket-dir DIR --uds --grpc-uds &
//!     taskset -c 0 frame_load DIR/worker.sock 64 64 3
//!     taskset -c 0 frame_load --grpc-stream DIR/worker-grpc.sock 64 64 3
//!
//! Arguments: socket, payload bytes, callers, seconds.

mod door;

use std::time::{Duration, Instant};

use sidecar_wire::Message;
use sidecar_wire::frame::{PREFIX_LEN, Prefix, Side, payload_room};
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{CONTRACT, Codec, FrameType, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES};
use sidecar_wire::wire_v1::{CallHeader, Hello};

use door::{Door, Socket, Stream};

/// A payload below this is copied behind its header.
const COPY_UP_TO: usize = 16 * 1024;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let by_grpc = arguments
        .first()
        .is_some_and(|flag| flag == "--grpc-stream");
    arguments.drain(..usize::from(by_grpc));
    let [socket, payload, callers, seconds] = arguments.as_slice() else {
        eprintln!("usage: frame_load [--grpc-stream] SOCKET PAYLOAD_BYTES CALLERS SECONDS");
        std::process::exit(2);
    };
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let door: Box<dyn Door> = if by_grpc {
        Box::new(Stream::open(socket))
    } else {
        Box::new(Socket::open(socket))
    };
    let mut load = Load::open(door, number(payload));
    let (calls, elapsed) = load.run(number(callers), Duration::from_secs(number(seconds) as u64));
    let per_call_us = elapsed.as_secs_f64() * 1e6 / f64::from(calls);
    let rate = f64::from(calls) / elapsed.as_secs_f64();
    println!("{calls} calls, {rate:.0} a second, {per_call_us:.3} us a call");
}

struct Load {
    door: Box<dyn Door>,
    payload: Vec<u8>,
    next_id: u64,
    out: Vec<u8>,
    header: Vec<u8>,
    read: Vec<u8>,
    end: usize,
}

impl Load {
    fn open(door: Box<dyn Door>, payload_bytes: usize) -> Self {
        let mut payload = Vec::new();
        let request = EchoRequest {
            payload: vec![7; payload_bytes].into(),
        };
        request.encode(Codec::Raw, &mut payload);
        let mut load = Self {
            door,
            payload,
            next_id: 1,
            out: Vec::new(),
            header: Vec::new(),
            read: vec![0; 4 << 20],
            end: 0,
        };
        load.greet();
        load
    }

    fn greet(&mut self) {
        let hello = Hello {
            contract: CONTRACT,
            max_message_bytes: MAX_MESSAGE_BYTES as u64,
            max_frame_bytes: MAX_FRAME_BYTES as u64,
            ..Hello::default()
        };
        let mut header = Vec::new();
        hello.encode(Codec::Msgpack, &mut header);
        let prefix = Prefix {
            kind: FrameType::Hello,
            more: false,
            header_len: header.len(),
            payload_len: 0,
            call_id: 0,
        };
        self.out.extend_from_slice(&prefix.to_bytes());
        self.out.extend_from_slice(&header);
    }

    fn run(&mut self, callers: usize, bound: Duration) -> (u32, Duration) {
        let start = Instant::now();
        let mut calls = 0;
        let mut in_flight = callers;
        (0..callers).for_each(|_| self.call());
        self.send();
        while in_flight > 0 {
            let replies = self.receive();
            calls += u32::try_from(replies).unwrap_or(u32::MAX);
            if start.elapsed() < bound {
                (0..replies).for_each(|_| self.call());
                self.send();
            } else {
                in_flight -= replies;
            }
        }
        (calls, start.elapsed())
    }

    /// Puts a call behind those that wait to be sent; a large one is sent at once, its payload from where it is.
    fn call(&mut self) {
        let header = CallHeader {
            kernel: b"echo".as_slice().into(),
            codec: Codec::Raw.number(),
            total_bytes: self.payload.len() as u64,
            deadline_ns: 1_000_000_000,
            ..CallHeader::default()
        };
        self.header.clear();
        header.encode(Codec::Msgpack, &mut self.header);
        let mut sent = 0;
        loop {
            let header_len = self.header.len();
            let left = self.payload.len() - sent;
            let payload_len = left.min(payload_room(header_len, MAX_FRAME_BYTES));
            let prefix = Prefix {
                kind: FrameType::Call,
                more: payload_len < left,
                header_len,
                payload_len,
                call_id: self.next_id,
            };
            self.out.extend_from_slice(&prefix.to_bytes());
            self.out.extend_from_slice(&self.header);
            self.header.clear();
            self.add_payload(sent, payload_len);
            sent += payload_len;
            if !prefix.more {
                break;
            }
        }
        self.next_id += 1;
    }

    fn add_payload(&mut self, from: usize, length: usize) {
        let piece = &self.payload[from..from + length];
        if length < COPY_UP_TO {
            self.out.extend_from_slice(piece);
            return;
        }
        self.door.send(&mut self.out, piece);
    }

    fn send(&mut self) {
        if !self.out.is_empty() {
            self.door.send(&mut self.out, &[]);
        }
    }

    /// Reads once and counts the replies that became whole.
    fn receive(&mut self) -> usize {
        let count = self.door.receive(&mut self.read[self.end..]);
        assert!(count > 0, "the worker closed the connection");
        self.end += count;
        let (mut at, mut replies) = (0, 0);
        while let Some(head) = self.read[at..self.end].first_chunk::<PREFIX_LEN>() {
            let prefix = Prefix::parse(head, Side::Worker, MAX_FRAME_BYTES).expect("a good frame");
            if at + prefix.frame_len() > self.end {
                break;
            }
            at += prefix.frame_len();
            replies += usize::from(prefix.kind == FrameType::Reply && !prefix.more);
        }
        self.read.copy_within(at..self.end, 0);
        self.end -= at;
        replies
    }
}
