//! A request that grows as its bytes come.

/// Bytes a body grows by at least, beyond what the piece in hand announces.
const FIRST_CAPACITY: usize = 64 * 1024;

/// A payload that grows as its bytes come.
#[derive(Debug)]
pub struct Body {
    /// Longer than what has come: the rest is left from earlier use, so that it needs no clearing.
    bytes: Vec<u8>,
    filled: usize,
    total: usize,
}

impl Body {
    pub fn new(bytes: Vec<u8>, total: usize) -> Self {
        Self {
            bytes,
            filled: 0,
            total,
        }
    }

    /// Bytes that still have to come.
    pub fn missing(&self) -> usize {
        self.total - self.filled
    }

    pub fn total(&self) -> usize {
        self.total
    }

    /// Room for the next `count` bytes, of which no more than `missing` come.
    pub fn spare(&mut self, count: usize) -> &mut [u8] {
        let end = self.filled + count;
        if self.bytes.len() < end {
            // Doubling, but never past what was announced.
            let grown = (2 * self.bytes.len())
                .max(FIRST_CAPACITY)
                .min(self.total)
                .max(end);
            self.bytes.reserve_exact(grown - self.bytes.len());
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.filled..end]
    }

    /// Counts bytes that were put into [`Body::spare`].
    pub fn fill(&mut self, count: usize) {
        self.filled += count;
    }

    /// Copies bytes.
    pub fn append(&mut self, bytes: &[u8]) {
        self.spare(bytes.len()).copy_from_slice(bytes);
        self.fill(bytes.len());
    }

    /// The whole payload.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.filled);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_holds_what_came_in_the_order_it_came() {
        let mut body = Body::new(vec![9; 3], 6);
        body.append(b"ab");
        body.spare(4).copy_from_slice(b"cdef");
        body.fill(4);
        assert_eq!(body.missing(), 0);
        assert_eq!(body.into_bytes(), b"abcdef");
    }

    #[test]
    fn an_announced_total_allocates_nothing_by_itself() {
        let mut body = Body::new(Vec::new(), 4 << 20);
        assert_eq!(body.bytes.capacity(), 0);
        body.append(&[0; 1000]);
        assert!(body.bytes.capacity() <= 2 * FIRST_CAPACITY);
    }
}
