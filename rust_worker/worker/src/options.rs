//! The command line of a worker.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use sidecar_wire::lists::MAX_MESSAGE_BYTES;

/// Places in the queue when no flag says otherwise.
const DEFAULT_QUEUE: usize = 256;

/// The largest message that a flag may allow: a frame's header counts payload bytes, a gRPC message has 32 bits.
const LARGEST_MESSAGE_BYTES: usize = 1 << 30;

const EXAMPLES: &str = "\
Examples:
  sidecar-worker --socket-dir /run/user/1000/sidecar
      serves frames, gRPC on a Unix socket and gRPC on a free TCP port of 127.0.0.1
  sidecar-worker --socket-dir DIR --uds --compute-threads 1 --queue 16
      serves frames only, with one compute thread and 16 places in its queue
  sidecar-worker --socket-dir DIR --grpc-tcp 127.0.0.1:50051
      serves gRPC on that port only
  sidecar-worker health --socket-dir DIR
      exits with 0 while the worker of that folder serves

The worker writes one line of JSON to stdout when it serves; its log goes to stderr (SIDECAR_LOG=debug for more).
Exit codes: 0 after a whole drain, 1 when calls were cut or serving failed, 2 for bad flags.";

/// Hosts kernels behind frames and gRPC.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Clone, Debug, Parser)]
#[command(name = "sidecar-worker", version, about, after_help = EXAMPLES)]
pub struct Options {
    /// Private folder for the sockets: mode 0700, your own
    #[arg(long, value_name = "DIR")]
    pub socket_dir: PathBuf,

    /// Serve frames on DIR/worker.sock
    #[arg(long)]
    pub uds: bool,

    /// Serve gRPC on DIR/worker-grpc.sock
    #[arg(long)]
    pub grpc_uds: bool,

    /// Serve gRPC on this TCP address; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub grpc_tcp: Option<SocketAddr>,

    /// Threads that compute what is not cheap [default: CPUs that this process may use]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub compute_threads: Option<usize>,

    /// Calls that may wait for a compute thread
    #[arg(long, value_name = "N", default_value_t = DEFAULT_QUEUE)]
    pub queue: usize,

    /// Threads that read and write
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub io_threads: usize,

    /// Largest request and largest reply, in bytes of payload
    #[arg(long, value_name = "N", default_value_t = MAX_MESSAGE_BYTES, value_parser = message_bytes)]
    pub max_message_bytes: usize,

    /// Load what kernels keep resident before serving, instead of at their first call
    #[arg(long)]
    pub preload: bool,

    /// Show metrics for Prometheus on this TCP address, at /metrics
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,

    /// Host the kernels that misbehave too, for tests
    #[arg(long)]
    pub faults: bool,

    /// File that the kernel `append` writes to
    #[arg(long, value_name = "FILE", requires = "faults")]
    pub append_file: Option<PathBuf>,

    /// Announce another major of the contract, for tests
    #[arg(long, value_name = "N", requires = "faults")]
    pub contract_major: Option<u16>,

    /// How long calls may take to finish once the worker is told to end
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub drain_timeout: Duration,

    /// Given back in the line on stdout, so that a parent knows its own child
    #[arg(long, value_name = "HEX", default_value = "")]
    pub nonce: String,

    /// Inherited pipe; the worker drains and ends when its other end closes
    #[arg(long, value_name = "N")]
    pub lifeline_fd: Option<i32>,

    /// Realtime minus monotonic clock in ns, for the times of spans [default: measured]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub clock_offset_ns: Option<i64>,
}

/// Where a worker is to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doors {
    /// Frames on a Unix socket.
    pub uds: bool,
    /// gRPC on a Unix socket.
    pub grpc_uds: bool,
    /// gRPC on TCP.
    pub grpc_tcp: Option<SocketAddr>,
}

impl Options {
    /// The channels that were asked for; all three when none was.
    pub fn doors(&self) -> Doors {
        let doors = Doors {
            uds: self.uds,
            grpc_uds: self.grpc_uds,
            grpc_tcp: self.grpc_tcp,
        };
        let none = Doors {
            uds: false,
            grpc_uds: false,
            grpc_tcp: None,
        };
        if doors != none {
            return doors;
        }
        Doors {
            uds: true,
            grpc_uds: true,
            grpc_tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        }
    }

    /// Compute threads, counted when no flag gives them.
    pub fn compute_threads(&self) -> usize {
        let counted = || std::thread::available_parallelism().map_or(1, usize::from);
        self.compute_threads.unwrap_or_else(counted)
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("give a whole number of at least 1".into()),
        Ok(number) => Ok(number),
    }
}

fn message_bytes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if (1..=LARGEST_MESSAGE_BYTES).contains(&bytes) => Ok(bytes),
        _ => Err(format!(
            "give a number of bytes from 1 to {LARGEST_MESSAGE_BYTES}"
        )),
    }
}

/// A whole number with `ms`, `s` or `m`, as Go writes it; a bare 0 too.
fn duration(text: &str) -> Result<Duration, String> {
    let refused = || "give a time such as 500ms, 5s or 1m".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let number: u64 = digits.parse().map_err(|_| refused())?;
    let ms = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "" if number == 0 => 0,
        _ => return Err(refused()),
    };
    number
        .checked_mul(ms)
        .map(Duration::from_millis)
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Options, clap::Error> {
        let base = ["sidecar-worker", "--socket-dir", "/tmp"];
        Options::try_parse_from(base.iter().chain(flags))
    }

    #[test]
    fn all_three_channels_are_served_when_none_is_named() {
        let doors = parse(&[]).expect("good flags").doors();
        assert!(doors.uds && doors.grpc_uds);
        assert_eq!(
            doors.grpc_tcp,
            Some("127.0.0.1:0".parse().expect("address"))
        );
    }

    #[test]
    fn only_the_named_channels_are_served() {
        let doors = parse(&["--uds"]).expect("good flags").doors();
        assert_eq!(
            doors,
            Doors {
                uds: true,
                grpc_uds: false,
                grpc_tcp: None
            }
        );
    }

    #[test]
    fn times_are_read_as_go_writes_them() {
        let cases = [
            ("5s", 5000),
            ("500ms", 500),
            ("2m", 120_000),
            ("0", 0),
            ("0s", 0),
        ];
        for (text, ms) in cases {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1.5s",
            "5 s",
            "5h",
            "99999999999999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bad_flags_are_refused() {
        let cases: [&[&str]; 7] = [
            &["--compute-threads", "0"],
            &["--io-threads", "0"],
            &["--max-message-bytes", "0"],
            &["--queue", "-1"],
            &["--grpc-tcp", "localhost"],
            &["--contract-major", "2"],
            &["--append-file", "f"],
        ];
        for flags in cases {
            let error = parse(flags).expect_err("refused");
            assert_eq!(error.exit_code(), 2, "{flags:?}");
        }
        assert!(parse(&["--clock-offset-ns", "-5"]).is_ok());
    }
}
