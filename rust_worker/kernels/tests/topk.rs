//! What topk promises beyond its vectors.

mod random;

use random::SplitMix64;
use sidecar_kernels::{Checkpoint, Kernel, Topk};
use sidecar_wire::kernels_v1::TopkRequest;

const DIMENSIONS: usize = 384;
const VECTORS: usize = 10_000;

/// The index again, as topk.md defines it, vectors of one component after the other.
fn index() -> Vec<Vec<i8>> {
    let mut generator = SplitMix64(0x746F_706B);
    let mut vector = || {
        let outputs = (0..DIMENSIONS / 8).flat_map(|_| generator.next().to_le_bytes());
        outputs.map(u8::cast_signed).collect()
    };
    (0..VECTORS).map(|_| vector()).collect()
}

/// Every score, sorted by the definition of better.
fn sorted(index: &[Vec<i8>], query: &[i8]) -> Vec<(u32, i32)> {
    let score = |vector: &Vec<i8>| -> i32 {
        let products = vector.iter().zip(query);
        products.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
    };
    let mut all: Vec<(u32, i32)> = (0..).zip(index.iter().map(score)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

fn answer(query: &[i8], k: u32) -> Vec<(u32, i32)> {
    let query: Vec<u8> = query
        .iter()
        .map(|component| component.cast_unsigned())
        .collect();
    let request = TopkRequest {
        query: query.into(),
        k,
    };
    let forever = Checkpoint::default();
    let response = Topk.run(request, &forever).expect("an answer");
    let best = response.indexes.iter().zip(response.scores.iter());
    best.collect()
}

/// Queries of few distinct values have many equal scores, whose order is then by index.
#[test]
fn answers_are_the_head_of_all_scores_sorted() {
    let index = index();
    let mut random = SplitMix64(1);
    for spread in [2, 3, 256] {
        for sparse in [1, 3, 384] {
            let query: Vec<i8> = (0..DIMENSIONS)
                .map(|at| {
                    let value = random.below(spread).to_le_bytes()[0].cast_signed();
                    if at % (DIMENSIONS / sparse) == 0 {
                        value
                    } else {
                        0
                    }
                })
                .collect();
            let all = sorted(&index, &query);
            for k in [1, 2, 3, 999, 1000] {
                let head = &all[..usize::try_from(k).expect("small")];
                assert!(
                    answer(&query, k) == head,
                    "spread {spread}, {sparse} components, k {k}"
                );
            }
        }
    }
}
