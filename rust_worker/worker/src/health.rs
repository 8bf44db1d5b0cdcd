//! `sidecar-worker health`: asks a worker whether it serves, for a container that has no shell to ask with.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};
use tokio::runtime::Builder;
use tokio::time::timeout;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::worker::{BAD_FLAGS, FAILED, GRPC_SOCKET};

/// The first argument that asks for this instead of a worker.
const COMMAND: &str = "health";

/// A health check is given a second by most who ask for it.
const ANSWER_WITHIN: Duration = Duration::from_millis(800);

const EXAMPLES: &str = "\
Examples:
  sidecar-worker health --socket-dir /run/sidecar
  sidecar-worker health --address 127.0.0.1:50051

Exit codes: 0 it serves, 1 it does not (one line on stderr says why), 2 for bad flags.";

/// Asks a worker by gRPC whether it serves
#[derive(Debug, Parser)]
#[command(name = "sidecar-worker health", after_help = EXAMPLES)]
struct Options {
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Place {
    /// Folder of a worker that serves gRPC on DIR/worker-grpc.sock
    #[arg(long, value_name = "DIR")]
    socket_dir: Option<PathBuf>,

    /// TCP address of a worker's gRPC
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
}

impl Place {
    /// As tonic names it.
    fn uri(&self) -> String {
        match (&self.socket_dir, &self.address) {
            (Some(folder), _) => format!("unix://{}", folder.join(GRPC_SOCKET).display()),
            (None, address) => format!("http://{}", address.as_deref().unwrap_or_default()),
        }
    }
}

/// Answers a command line that asks for it with its exit code; None where it asks for something else.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1).peekable();
    arguments.peek().filter(|first| *first == COMMAND)?;
    match Options::try_parse_from(arguments) {
        Ok(options) => Some(told(&options.place.uri())),
        Err(error) => {
            let _ = error.print();
            Some(ExitCode::from(
                u8::try_from(error.exit_code()).unwrap_or(BAD_FLAGS),
            ))
        }
    }
}

fn told(uri: &str) -> ExitCode {
    match check(uri) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sidecar-worker: {uri}: {problem}");
            ExitCode::from(FAILED)
        }
    }
}

fn check(uri: &str) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let asked = runtime.block_on(async { timeout(ANSWER_WITHIN, ask(uri)).await });
    match asked.map_err(|_| format!("no answer within {ANSWER_WITHIN:?}; look at its log"))?? {
        ServingStatus::Serving => Ok(()),
        _ => Err("it does not serve, it drains or starts".into()),
    }
}

async fn ask(uri: &str) -> Result<ServingStatus, String> {
    let endpoint = Endpoint::from_shared(uri.to_owned()).map_err(|error| root(&error))?;
    let channel = endpoint.connect().await;
    let channel =
        channel.map_err(|error| format!("{}; does the worker run, with gRPC?", root(&error)))?;
    let whole = HealthCheckRequest::default();
    let answered = HealthClient::new(channel).check(whole).await;
    let answer = answered.map_err(|status| format!("it answered {}", status.code()))?;
    Ok(answer.into_inner().status())
}

/// What the system said, below the layers that only say that something failed.
fn root(error: &(dyn Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(line: &str) -> Option<ExitCode> {
        asked(line.split(' ').map(OsString::from))
    }

    #[test]
    fn flags_alone_are_none_of_its_business() {
        assert!(exit("sidecar-worker --socket-dir health").is_none());
        assert!(exit("sidecar-worker").is_none());
    }

    #[test]
    fn one_place_and_no_more_is_asked() {
        for line in [
            "sidecar-worker health",
            "sidecar-worker health --socket-dir /tmp --address a:1",
            "sidecar-worker health --socket-dir",
        ] {
            let code = exit(line).expect("asked");
            assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(2)));
        }
    }
}
