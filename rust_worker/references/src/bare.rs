//! Bare UDS echo: a connection and a thread a caller, a length of four bytes before each message.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Largest message, so that a wrong length cannot take all memory.
const MAX_BYTES: usize = 16 << 20;

/// Echoes until the connection ends.
pub fn echo(mut stream: UnixStream) -> io::Result<()> {
    let mut message = vec![0; 4];
    loop {
        stream.read_exact(&mut message[..4])?;
        let length = u32::from_le_bytes([message[0], message[1], message[2], message[3]]) as usize;
        if length > MAX_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if message.len() < 4 + length {
            message.resize(4 + length, 0);
        }
        stream.read_exact(&mut message[4..4 + length])?;
        stream.write_all(&message[..4 + length])?;
    }
}
