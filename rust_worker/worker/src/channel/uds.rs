//! The channel `uds`: frames on a Unix socket (protos/FRAME.md).
//!
//! - `session` is one connection's task; `calls` what a call frame does.
//! - `inbox` is the read buffer, `assembly` a request in several frames, `outgoing` what waits to be written.
//! - `link` is what the task shares with the compute threads, which write their replies themselves.

mod assembly;
mod calls;
mod inbox;
mod link;
mod outgoing;
mod session;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};

use crate::host::Host;
use crate::shutdown::{Phase, Watcher};
use crate::socket;
use link::Link;
use session::Session;

/// How long to wait when the system has no descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the worker drains.
pub(crate) async fn serve(listener: UnixListener, host: Arc<Host>, mut watcher: Watcher) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = watcher.reached(Phase::Draining) => return,
        };
        match accepted {
            Ok((stream, _)) => open(stream, &host, &watcher),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn open(stream: UnixStream, host: &Arc<Host>, watcher: &Watcher) {
    if !socket::is_own_peer(&stream) {
        tracing::warn!("a connection of another user was refused");
        return;
    }
    socket::widen(&stream);
    let link = Arc::new(Link::new(stream));
    let session = Session::new(Arc::clone(host), link, watcher.clone());
    tokio::spawn(async move {
        if let Err(error) = session.run().await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}
