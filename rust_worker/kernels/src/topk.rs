//! The kernel topk; `protos/kernels/v1/topk.md` has the rules, `index` the vectors; `dot` scores them, `best` ranks them.

mod best;
mod dot;
mod index;

use sidecar_wire::Packed;
use sidecar_wire::kernels_v1::{TopkRequest, TopkResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError, Stop};
use best::Best;
use index::{DIMENSIONS, Index};

/// The largest k.
const MOST: usize = 1_000;

/// Vectors between two polls: some 30 µs with AVX2, some 0.1 ms without.
const VECTORS_A_POLL: usize = 2_500;

/// The best vectors of a resident index by dot product. `protos/kernels/v1/topk.md`.
#[derive(Clone, Copy, Debug)]
pub struct Topk;

impl Kernel for Topk {
    type Request<'a> = TopkRequest<'a>;
    type Response<'a> = TopkResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::TOPK
    }

    fn run<'a>(
        &self,
        request: TopkRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<TopkResponse<'a>, KernelError> {
        let query = query(&request.query)?;
        let k = usize::try_from(request.k).unwrap_or(usize::MAX);
        if !(1..=MOST).contains(&k) {
            return Err(KernelError::InvalidInput("k is not from 1 to 1,000"));
        }
        let (indexes, scores) = topk(&query, k, checkpoint)?;
        Ok(TopkResponse {
            indexes: Packed::from_slice(&indexes),
            scores: Packed::from_slice(&scores),
        })
    }

    fn preload(&self) {
        Index::resident();
    }
}

fn query(bytes: &[u8]) -> Result<[i8; DIMENSIONS], KernelError> {
    let query: &[u8; DIMENSIONS] = bytes
        .try_into()
        .map_err(|_| KernelError::InvalidInput("the query has not exactly 384 bytes"))?;
    Ok(query.map(u8::cast_signed))
}

/// Indexes and scores of the `k` best vectors.
fn topk(
    query: &[i8; DIMENSIONS],
    k: usize,
    checkpoint: &Checkpoint<'_>,
) -> Result<(Vec<u32>, Vec<i32>), Stop> {
    let mut best = Best::new(k);
    let mut scores = Vec::with_capacity(VECTORS_A_POLL);
    let mut indexes = 0..;
    for vectors in Index::resident().vectors().chunks(VECTORS_A_POLL) {
        checkpoint.poll()?;
        scores.clear();
        dot::append(query, vectors, &mut scores);
        for (&score, index) in scores.iter().zip(&mut indexes) {
            best.offer(index, score);
        }
    }
    Ok(best.sorted())
}
