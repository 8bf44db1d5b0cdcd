//! One UDS connection for all callers: length, id, payload. What one read brings is echoed in one write.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// Largest frame behind its length, so that a wrong length cannot take all memory.
const MAX_BYTES: usize = 16 << 20;

/// What one read is offered at least.
const READ_BYTES: usize = 256 << 10;

/// Echoes until the connection ends.
pub fn echo(mut stream: UnixStream) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let (whole, wanted) = whole_frames(&buffer[..filled])?;
        stream.write_all(&buffer[..whole])?;
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
        if buffer.len() < wanted {
            buffer.resize(wanted, 0);
        }
    }
}

/// Bytes of whole frames at the front, and the length of the one behind them that is not whole.
fn whole_frames(bytes: &[u8]) -> io::Result<(usize, usize)> {
    let mut at = 0;
    while let Some(head) = bytes[at..].first_chunk::<4>() {
        let length = u32::from_le_bytes(*head) as usize;
        if length > MAX_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if bytes.len() - at < 4 + length {
            return Ok((at, 4 + length));
        }
        at += 4 + length;
    }
    Ok((at, 0))
}
