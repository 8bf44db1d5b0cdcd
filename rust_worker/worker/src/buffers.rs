//! Large buffers that are used again, since fresh pages cost more than the copy into them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Below this the allocator is as good.
const WORTH_KEEPING: usize = 32 * 1024;

/// Buffers kept at most.
const KEPT: usize = 8;

/// A few large buffers, free for the next call. What they hold is left from earlier calls.
#[derive(Debug, Default)]
pub struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
}

impl Buffers {
    /// A buffer of any length and content; `wanted` bytes is what it is going to hold.
    pub fn take(&self, wanted: usize) -> Vec<u8> {
        if wanted < WORTH_KEEPING {
            return Vec::new();
        }
        self.lock().pop().unwrap_or_default()
    }

    /// Gives a buffer back; one of over `limit` bytes is freed.
    pub fn give(&self, buffer: Vec<u8>, limit: usize) {
        if buffer.capacity() < WORTH_KEEPING || buffer.capacity() > limit {
            return;
        }
        let mut free = self.lock();
        if free.len() < KEPT {
            free.push(buffer);
        }
    }

    /// Bytes to be written from where they are; their buffer comes back when the last view of them is dropped.
    pub fn share(self: &Arc<Self>, buffer: Vec<u8>, limit: usize) -> Bytes {
        if buffer.capacity() < WORTH_KEEPING {
            return buffer.into();
        }
        let buffers = Arc::clone(self);
        Bytes::from_owner(Shared {
            buffer,
            buffers,
            limit,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer that is being written.
struct Shared {
    buffer: Vec<u8>,
    buffers: Arc<Buffers>,
    limit: usize,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.buffers
            .give(std::mem::take(&mut self.buffer), self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_buffer_comes_back_and_a_small_one_does_not() {
        let buffers = Buffers::default();
        buffers.give(Vec::with_capacity(64), usize::MAX);
        assert_eq!(buffers.take(100_000).capacity(), 0);
        buffers.give(Vec::with_capacity(100_000), usize::MAX);
        assert!(buffers.take(100_000).capacity() >= 100_000);
    }

    #[test]
    fn a_shared_buffer_comes_back_with_its_last_view() {
        let buffers = Arc::new(Buffers::default());
        let bytes = buffers.share(vec![7; WORTH_KEEPING], usize::MAX);
        let view = bytes.slice(3..5);
        drop(bytes);
        assert!(buffers.lock().is_empty());
        drop(view);
        assert_eq!(buffers.lock().len(), 1);
    }

    #[test]
    fn no_more_than_a_few_are_kept_and_none_over_the_limit() {
        let buffers = Buffers::default();
        for _ in 0..100 {
            buffers.give(Vec::with_capacity(WORTH_KEEPING), usize::MAX);
        }
        assert_eq!(buffers.lock().len(), KEPT);
        let other = Buffers::default();
        other.give(Vec::with_capacity(WORTH_KEEPING), WORTH_KEEPING - 1);
        assert!(other.lock().is_empty());
    }
}
