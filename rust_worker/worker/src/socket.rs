//! Sockets in a private folder: bound under a lock, unlinked only by the owner of the inode.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::net::sockopt;
use thiserror::Error;
use tokio::net::{UnixListener, UnixStream};

/// Keeps below the 107 bytes of sockaddr_un with room for a suffix.
const MAX_PATH_BYTES: usize = 100;

/// Bits of a mode that say who may do what.
const PERMISSIONS: u32 = 0o7777;

/// Bytes asked of the system for each direction of a connection; it gives what it allows.
const SOCKET_BUFFER_BYTES: usize = 1024 * 1024;

/// Why a socket can't be served.
#[derive(Debug, Error)]
pub enum SocketError {
    /// The folder can't be read.
    #[error("--socket-dir {path}: {error}; make it with mode 0700")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The folder lets others in.
    #[error("--socket-dir {path}: {problem}; use a folder of your own with mode 0700")]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The system could cut the path.
    #[error(
        "socket path {path}: {length} bytes, at most {MAX_PATH_BYTES} are allowed; choose a shorter --socket-dir"
    )]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its bytes.
        length: usize,
    },
    /// Another process holds the lock.
    #[error(
        "socket {path}: another process serves it; end that one or choose another --socket-dir"
    )]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// Locking or binding failed.
    #[error(
        "socket {path}: {error}; check the folder and choose another --socket-dir if it is not yours"
    )]
    Bind {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// A folder for sockets: mode 0700 and the user's own.
#[derive(Clone, Debug)]
pub struct SocketDir {
    path: PathBuf,
}

impl SocketDir {
    /// Checks a folder, and makes it where only the last part of its path is missing: a volume that is mounted open to
    /// all, as Kubernetes does, then has a private folder in it without another process having to make one.
    ///
    /// # Errors
    /// [`SocketError`] when it can't be made, is no folder, of another user or open to others.
    pub fn open(path: &Path) -> Result<Self, SocketError> {
        let path = path.to_owned();
        let found = match make_private(&path).and_then(|()| fs::metadata(&path)) {
            Ok(found) => found,
            Err(error) => return Err(SocketError::Folder { path, error }),
        };
        match not_private(&found) {
            Some(problem) => Err(SocketError::NotPrivate { path, problem }),
            None => Ok(Self { path }),
        }
    }

    /// Binds `name` under the lock `name.lock`. A socket without a lock holder is stale and replaced.
    ///
    /// # Errors
    /// [`SocketError`] when the path is too long, another process serves it or the system refuses.
    pub fn bind(&self, name: &str) -> Result<BoundSocket, SocketError> {
        let path = self.path.join(name);
        let length = path.as_os_str().len();
        if length > MAX_PATH_BYTES {
            return Err(SocketError::TooLong { path, length });
        }
        let lock = Lock::take(&path)?;
        bind_at(&path)
            .map(|(listener, inode)| BoundSocket {
                listener,
                name: BoundName {
                    path: path.clone(),
                    inode,
                    _lock: lock,
                },
            })
            .map_err(|error| SocketError::Bind { path, error })
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        // Set once more: in a folder that hands its group down a new one begins with that bit.
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(0o700)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn not_private(found: &fs::Metadata) -> Option<String> {
    let mode = found.mode() & PERMISSIONS;
    let user = rustix::process::geteuid().as_raw();
    if !found.is_dir() {
        return Some("is no folder".into());
    }
    if found.uid() != user {
        return Some(format!("belongs to user {}, not to {user}", found.uid()));
    }
    (mode != 0o700).then(|| format!("has mode {mode:04o}"))
}

fn bind_at(path: &Path) -> io::Result<(UnixListener, u64)> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    let inode = fs::symlink_metadata(path)?.ino();
    Ok((listener, inode))
}

/// A listener, and the name that goes when it goes.
#[derive(Debug)]
pub struct BoundSocket {
    /// Accepts connections.
    pub listener: UnixListener,
    /// Unlinks the path when dropped.
    pub name: BoundName,
}

/// The path of a bound socket with its lock. Dropping it unlinks both.
#[derive(Debug)]
pub struct BoundName {
    path: PathBuf,
    inode: u64,
    _lock: Lock,
}

impl BoundName {
    /// Where clients connect.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for BoundName {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours {
            // A failure leaves a stale file, which the next worker replaces.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// An flock on `NAME.lock`. The holder removes the file before it lets go.
#[derive(Debug)]
struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    fn take(socket: &Path) -> Result<Self, SocketError> {
        let mut path = socket.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let file = open_and_lock(&path).map_err(|error| match error.kind() {
                io::ErrorKind::WouldBlock => SocketError::Taken {
                    path: socket.to_owned(),
                },
                _ => SocketError::Bind {
                    path: path.clone(),
                    error,
                },
            })?;
            // A lock won on a removed file counts for nothing.
            if is_current(&file, &path) {
                return Ok(Self { file, path });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if is_current(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn open_and_lock(path: &Path) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

fn is_current(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(named)) = (file.metadata(), fs::metadata(path)) else {
        return false;
    };
    (held.dev(), held.ino()) == (named.dev(), named.ino())
}

/// True when the peer is a process of this user, or of root, who may do anything anyway.
pub fn is_own_peer(stream: &UnixStream) -> bool {
    let user = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == user || peer.uid() == 0)
}

/// Asks for large buffers, so that a large message takes few system calls. What the system refuses is done without.
pub fn widen(socket: impl AsFd) {
    let _ = sockopt::set_socket_send_buffer_size(&socket, SOCKET_BUFFER_BYTES);
    let _ = sockopt::set_socket_recv_buffer_size(&socket, SOCKET_BUFFER_BYTES);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private_dir() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path(), mode).expect("own folder");
        folder
    }

    #[tokio::test]
    async fn a_socket_and_its_lock_are_gone_when_it_is_dropped() {
        let folder = private_dir();
        let socket = SocketDir::open(folder.path())
            .expect("private")
            .bind("a.sock")
            .expect("free");
        assert!(socket.name.path().exists());
        drop(socket);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0);
    }

    #[tokio::test]
    async fn a_name_that_is_served_is_refused() {
        let folder = private_dir();
        let sockets = SocketDir::open(folder.path()).expect("private");
        let _first = sockets.bind("a.sock").expect("free");
        let error = sockets.bind("a.sock").expect_err("taken");
        assert!(matches!(error, SocketError::Taken { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced() {
        let folder = private_dir();
        drop(std::os::unix::net::UnixListener::bind(
            folder.path().join("a.sock"),
        ));
        let sockets = SocketDir::open(folder.path()).expect("private");
        assert!(sockets.bind("a.sock").is_ok());
    }

    #[tokio::test]
    async fn a_socket_that_someone_else_put_there_is_left() {
        let folder = private_dir();
        let socket = SocketDir::open(folder.path())
            .expect("private")
            .bind("a.sock")
            .expect("free");
        let path = socket.name.path().to_owned();
        fs::remove_file(&path).expect("own folder");
        let other = std::os::unix::net::UnixListener::bind(&path).expect("free");
        drop(socket);
        assert!(path.exists());
        drop(other);
    }

    #[test]
    fn a_folder_that_lets_others_in_is_refused() {
        let folder = private_dir();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("own");
        let error = SocketDir::open(folder.path()).expect_err("open to others");
        assert!(error.to_string().contains("0755"), "{error}");
    }

    #[test]
    fn a_missing_folder_is_made_private_even_where_the_parent_hands_its_group_down() {
        let folder = private_dir();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o2777)).expect("own");
        let path = folder.path().join("private");
        assert!(SocketDir::open(&path).is_ok());
        let mode = fs::metadata(&path).expect("made").mode() & PERMISSIONS;
        assert_eq!(mode, 0o700, "{mode:04o}");
    }

    #[test]
    fn a_folder_whose_parent_is_missing_is_refused_with_what_to_do() {
        let folder = private_dir();
        let error = SocketDir::open(&folder.path().join("a/b")).expect_err("not made");
        assert!(error.to_string().contains("0700"), "{error}");
    }

    #[test]
    fn a_long_path_is_refused_by_name() {
        let folder = private_dir();
        let sockets = SocketDir::open(folder.path()).expect("private");
        let error = sockets.bind(&"n".repeat(100)).expect_err("too long");
        assert!(error.to_string().contains("nnnn"), "{error}");
    }
}
