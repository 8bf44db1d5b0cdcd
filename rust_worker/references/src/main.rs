//! The references: echo servers as one would write them by hand, without what the routes carry (header, deadline, trace
//! context, receipt, limits). Each route is measured as a ratio to one of them, in the same rounds.

mod bare;
mod grpc;
mod lifeline;
mod multiplexed;

use std::error::Error;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use clap::Parser;
use sidecar_wire::handshake::Handshake;
use sidecar_wire::lists::CONTRACT_TEXT;
use sidecar_wire::stamps::now_ns;

/// Serves all references in one process until it is killed.
#[derive(Debug, Parser)]
struct Options {
    /// Private folder for the sockets
    #[arg(long, value_name = "DIR")]
    socket_dir: PathBuf,

    /// Given back in the line on stdout, so that a parent knows its own child
    #[arg(long, value_name = "HEX", default_value = "")]
    nonce: String,

    /// Inherited pipe; the process ends when its other end closes
    #[arg(long, value_name = "N")]
    lifeline_fd: Option<i32>,

    /// Every child is told the wall clock; no span is made here
    #[arg(long, value_name = "N", allow_negative_numbers = true, hide = true)]
    clock_offset_ns: Option<i64>,

    /// Every child is told how long calls may take to finish; none is waited for here
    #[arg(long, value_name = "TIME", hide = true)]
    drain_timeout: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let start_ns = now_ns();
    let options = Options::parse();
    if let Some(descriptor) = options.lifeline_fd {
        lifeline::watch(descriptor)?;
    }
    let at = |name: &str| options.socket_dir.join(format!("{name}.sock"));
    let (bare, multiplexed, grpc) = (at("bare-uds"), at("multiplexed-uds"), at("default-grpc"));
    serve(&bare, bare::echo)?;
    serve(&multiplexed, multiplexed::echo)?;
    let endpoints = [
        ("bare-uds", bare),
        ("multiplexed-uds", multiplexed),
        ("default-grpc", grpc.clone()),
    ];
    let line = Handshake {
        contract: CONTRACT_TEXT.to_owned(),
        role: "references".to_owned(),
        pid: std::process::id(),
        start_ns,
        nonce: options.nonce,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        endpoints: endpoints
            .map(|(name, path)| (name.to_owned(), path.display().to_string()))
            .into(),
    }
    .to_line()?;
    grpc::serve(&grpc, move || println!("{line}"))
}

/// Serves a socket with a thread for each connection.
fn serve(path: &Path, echo: fn(UnixStream) -> io::Result<()>) -> io::Result<()> {
    let listener = UnixListener::bind(path)?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // An error is the end of the connection: nothing is left to do.
            thread::spawn(move || echo(stream));
        }
    });
    Ok(())
}
