//! The references: echo servers as one would write them by hand, without what the routes carry (header, deadline, trace
//! context, receipt, limits). Each route is measured as a ratio to one of them, in the same rounds.

mod bare;
mod grpc;
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
    /// Private folder for the sockets.
    #[arg(long)]
    socket_dir: PathBuf,
    /// Given back in the handshake line.
    #[arg(long, default_value = "")]
    nonce: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let start_ns = now_ns();
    let options = Options::parse();
    let at = |name: &str| options.socket_dir.join(name);
    let (bare, multiplexed, grpc) = (at("bare.sock"), at("multiplexed.sock"), at("grpc.sock"));
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
