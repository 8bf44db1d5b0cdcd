//! The kernel topk; `protos/kernels/v1/topk.md` has the rules, `index` the vectors and their scores.

mod index;

use std::cmp::Reverse;

use sidecar_wire::Packed;
use sidecar_wire::kernels_v1::{TopkRequest, TopkResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError};
use index::{DIMENSIONS, Index};

/// The largest k.
const MOST: usize = 1_000;

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
        let scores = Index::resident().scores(&query, checkpoint)?;
        let (indexes, scores): (Vec<u32>, Vec<i32>) = best(&scores, k).into_iter().unzip();
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

/// Index and score of the `k` highest scores, score descending, then index ascending.
fn best(scores: &[i32], k: usize) -> Vec<(u32, i32)> {
    let mut ranked: Vec<(u32, i32)> = (0..).zip(scores.iter().copied()).collect();
    let order = |&(index, score): &(u32, i32)| (Reverse(score), index);
    if k < ranked.len() {
        ranked.select_nth_unstable_by_key(k, order);
        ranked.truncate(k);
    }
    ranked.sort_unstable_by_key(order);
    ranked
}
