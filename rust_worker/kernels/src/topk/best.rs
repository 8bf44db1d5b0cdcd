use std::cmp::Reverse;

/// The `k` best of the scores that were offered; at any time at most twice as many are kept.
pub(super) struct Best {
    k: usize,
    kept: Vec<Rank>,
    /// The lowest of `k` that were seen: what is no better is not among the best.
    floor: Rank,
}

/// Higher the better: the score, then the complement of the index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    score: i32,
    index: Reverse<u32>,
}

/// Below every rank.
const LEAST: Rank = Rank {
    score: i32::MIN,
    index: Reverse(u32::MAX),
};

impl Best {
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            kept: Vec::with_capacity(2 * k),
            floor: LEAST,
        }
    }

    #[inline]
    pub(super) fn offer(&mut self, index: u32, score: i32) {
        let rank = Rank {
            score,
            index: Reverse(index),
        };
        if rank > self.floor {
            self.kept.push(rank);
            if self.kept.len() == 2 * self.k {
                self.prune();
            }
        }
    }

    fn prune(&mut self) {
        let (_, last, _) = self
            .kept
            .select_nth_unstable_by_key(self.k - 1, |&rank| Reverse(rank));
        self.floor = *last;
        self.kept.truncate(self.k);
    }

    /// Indexes and scores, best first.
    pub(super) fn sorted(mut self) -> (Vec<u32>, Vec<i32>) {
        self.kept.sort_unstable_by_key(|&rank| Reverse(rank));
        let best = self.kept.iter().take(self.k);
        best.map(|rank| (rank.index.0, rank.score)).unzip()
    }
}
