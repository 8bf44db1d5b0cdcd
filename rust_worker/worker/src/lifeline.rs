//! An inherited pipe that ends with the parent.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::RawFd;
use std::os::unix::fs::FileTypeExt;

use tokio::sync::oneshot;

use crate::system;

/// Opens the pipe and gives a receiver that is answered when its other end closes.
///
/// # Errors
/// When the descriptor is a standard stream, not open, or no pipe.
pub fn watch(descriptor: RawFd) -> io::Result<oneshot::Receiver<()>> {
    let pipe = open(descriptor)?;
    let (ended, wait) = oneshot::channel();
    // A thread and a blocking read: the descriptor is shared with the parent's other children, so its mode is not ours to change.
    std::thread::Builder::new()
        .name("lifeline".into())
        .spawn(move || {
            read_to_end(pipe);
            let _ = ended.send(());
        })?;
    Ok(wait)
}

fn open(descriptor: RawFd) -> io::Result<File> {
    let refused = |why: &str| {
        let text = format!("--lifeline-fd {descriptor}: {why}; pass an inherited pipe above 2");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    };
    if descriptor <= 2 {
        return Err(refused("a standard stream is never a lifeline"));
    }
    // Opening by name needs no unsafe claim on a number that came from the command line.
    let pipe =
        File::open(system::descriptor(descriptor)).map_err(|error| refused(&error.to_string()))?;
    if pipe.metadata()?.file_type().is_fifo() {
        return Ok(pipe);
    }
    Err(refused("it is no pipe"))
}

fn read_to_end(mut pipe: File) {
    let mut scrap = [0; 64];
    loop {
        match pipe.read(&mut scrap) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[tokio::test]
    async fn the_receiver_is_answered_when_the_parent_lets_go() {
        let (ours, parents) = io::pipe().expect("pipe");
        let mut wait = watch(ours.as_raw_fd()).expect("a pipe");
        assert!(wait.try_recv().is_err());
        drop(parents);
        wait.await.expect("answered");
    }

    #[test]
    fn what_is_no_lifeline_is_refused_by_number() {
        let file = tempfile::tempfile().expect("temporary file");
        for descriptor in [0, 2, 9999, file.as_raw_fd()] {
            let error = watch(descriptor).expect_err("refused").to_string();
            assert!(error.contains(&descriptor.to_string()), "{error}");
        }
    }
}
