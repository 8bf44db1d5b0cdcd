use std::sync::OnceLock;

use pulp::Arch;

use crate::{Checkpoint, Stop};

/// Components of a vector.
pub(super) const DIMENSIONS: usize = 384;

/// Vectors of the index.
pub(super) const VECTORS: usize = 10_000;

/// Vectors between two polls: some 25 µs with AVX2, some 0.1 ms without.
const VECTORS_A_POLL: usize = 2_500;

/// State of the generator before its first output.
const SEED: u64 = 0x746F_706B;

/// The resident vectors, one after the other.
pub(super) struct Index {
    components: Box<[i8]>,
}

static INDEX: OnceLock<Index> = OnceLock::new();

impl Index {
    /// The index of this process, made on first use: some milliseconds, which other callers wait for.
    pub(super) fn resident() -> &'static Self {
        INDEX.get_or_init(Self::make)
    }

    fn make() -> Self {
        let mut generator = SplitMix64(SEED);
        let outputs = (0..VECTORS * DIMENSIONS / 8).map(|_| generator.next());
        let components = outputs.flat_map(|output| output.to_le_bytes().map(u8::cast_signed));
        Self {
            components: components.collect(),
        }
    }

    /// The dot product of every vector with `query`, in the order of the vectors.
    pub(super) fn scores(
        &self,
        query: &[i8; DIMENSIONS],
        checkpoint: &Checkpoint<'_>,
    ) -> Result<Vec<i32>, Stop> {
        let processor = Arch::new();
        let mut scores = Vec::with_capacity(VECTORS);
        for some in self.components.chunks(VECTORS_A_POLL * DIMENSIONS) {
            checkpoint.poll()?;
            processor.dispatch(
                #[inline(always)]
                || {
                    let (vectors, _) = some.as_chunks();
                    scores.extend(vectors.iter().map(|vector| dot(query, vector)));
                },
            );
        }
        Ok(scores)
    }
}

/// Inlined, so that it is compiled for each kind of processor that `Arch` tells apart.
#[inline(always)]
fn dot(query: &[i8; DIMENSIONS], vector: &[i8; DIMENSIONS]) -> i32 {
    let products = query
        .iter()
        .zip(vector)
        .map(|(&a, &b)| i32::from(a) * i32::from(b));
    products.sum()
}

/// G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_index_is_the_specified_one() {
        let bytes: Vec<u8> = Index::resident()
            .components
            .iter()
            .map(|component| component.cast_unsigned())
            .collect();
        let digest: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            digest,
            "5d0fc49368a2773cece6ce883c88ec49b42a668b3a3a869f2737bd965d9bc827"
        );
    }

    #[test]
    fn the_largest_products_do_not_overflow() {
        let least = [i8::MIN; DIMENSIONS];
        assert_eq!(dot(&least, &least), 6_291_456);
        assert_eq!(dot(&least, &[i8::MAX; DIMENSIONS]), -6_242_304);
    }
}
