//! Replies that did not fit their caller's buffer, so that a kernel never runs twice for one call.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Replies kept at most; the oldest goes.
const PLACES: usize = 1024;

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    last: 0,
    replies: VecDeque::new(),
});

struct Kept {
    last: u64,
    replies: VecDeque<(u64, Vec<u8>)>,
}

/// Keeps a reply and gives its token, which is never 0.
pub(crate) fn keep(reply: Vec<u8>) -> u64 {
    let mut kept = lock();
    if kept.replies.len() == PLACES {
        kept.replies.pop_front();
    }
    kept.last += 1;
    let token = kept.last;
    kept.replies.push_back((token, reply));
    token
}

/// Gives a reply out, once, when it has at most `room` bytes. `Err` is its length, where it stays; 0 where there is none.
pub(crate) fn take(token: u64, room: usize) -> Result<Vec<u8>, usize> {
    let mut kept = lock();
    let place = kept.place(token).ok_or(0usize)?;
    let length = kept.replies[place].1.len();
    if length > room {
        return Err(length);
    }
    kept.replies
        .remove(place)
        .map(|(_, reply)| reply)
        .ok_or(length)
}

/// Forgets a reply.
pub(crate) fn drop_token(token: u64) {
    let mut kept = lock();
    if let Some(place) = kept.place(token) {
        kept.replies.remove(place);
    }
}

impl Kept {
    /// Tokens rise, so they can be searched.
    fn place(&self, token: u64) -> Option<usize> {
        self.replies
            .binary_search_by_key(&token, |(token, _)| *token)
            .ok()
    }
}

fn lock() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_reply_goes_when_all_places_are_taken() {
        let first = keep(vec![1]);
        let tokens: Vec<u64> = (0..PLACES).map(|_| keep(vec![2])).collect();
        assert_eq!(take(first, 9), Err(0));
        assert_eq!(take(tokens[0], 9), Ok(vec![2]));
        tokens.into_iter().for_each(drop_token);
        assert!(lock().replies.is_empty());
    }
}
