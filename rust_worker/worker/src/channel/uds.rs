//! The channel `uds`: frames on a Unix socket.

use std::io::{self, IoSlice, IoSliceMut};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::{readv, writev};
use sidecar_wire::lists::Channel;
use tokio::io::Interest;
use tokio::net::{UnixListener, UnixStream};

use crate::channel::frames::{Link, Outgoing, Session, Transport, Wanted};
use crate::host::Host;
use crate::shutdown::{Phase, Watcher};
use crate::socket;

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
    let link = Arc::new(Link::new(Socket(stream)));
    let session = Session::new(Arc::clone(host), link, watcher.clone());
    tokio::spawn(async move {
        if let Err(error) = session.run().await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// A Unix socket that is read and written in place, by whichever thread has something to move.
#[derive(Debug)]
struct Socket(UnixStream);

impl Transport for Socket {
    const CHANNEL: Channel = Channel::Uds;
    const FIRST_READ_BYTES: usize = 64 * 1024;
    const HALF_CLOSES: bool = false;

    async fn ready(&self, wanted: Wanted) -> io::Result<bool> {
        let interest = match wanted {
            Wanted::Bytes => Interest::READABLE,
            Wanted::BytesOrRoom => Interest::READABLE | Interest::WRITABLE,
            Wanted::Room => Interest::WRITABLE,
        };
        Ok(self.0.ready(interest).await?.is_readable())
    }

    /// A read that did not fill what it was offered has emptied the socket, so readiness is given up without another
    /// system call (epoll(7), edge-triggered, question 9).
    fn read(&self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut count = 0;
        let read = self.0.try_io(Interest::READABLE, || {
            count = readv(&self.0, slices)?;
            emptied(0 < count && count < offered)
        });
        settle(read, count)
    }

    fn write(&self, outgoing: &mut Outgoing) -> io::Result<bool> {
        while outgoing.unsent() > 0 {
            match outgoing.write(|slices| self.try_write(slices)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

impl Socket {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut count = 0;
        let wrote = self.0.try_io(Interest::WRITABLE, || {
            count = writev(&self.0, slices)?;
            emptied(count < offered)
        });
        settle(wrote, count)
    }
}

/// Tells `try_io` that the socket is not ready any more.
fn emptied(emptied: bool) -> io::Result<()> {
    if emptied {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    Ok(())
}

/// What was moved counts, whatever was said of readiness.
fn settle(result: io::Result<()>, count: usize) -> io::Result<usize> {
    match result {
        Err(error) if count == 0 => Err(error),
        _ => Ok(count),
    }
}
