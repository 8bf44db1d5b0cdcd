use std::sync::OnceLock;

/// Components of a vector.
pub(super) const DIMENSIONS: usize = 384;

/// Vectors of the index.
pub(super) const VECTORS: usize = 10_000;

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

    /// The vectors in their order.
    pub(super) fn vectors(&self) -> &[[i8; DIMENSIONS]] {
        self.components.as_chunks().0
    }
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
        assert_eq!(
            Sha256::digest(bytes).as_slice(),
            [
                0x5d, 0x0f, 0xc4, 0x93, 0x68, 0xa2, 0x77, 0x3c, 0xec, 0xe6, 0xce, 0x88, 0x3c, 0x88,
                0xec, 0x49, 0xb4, 0x2a, 0x66, 0x8b, 0x3a, 0x3a, 0x86, 0x9f, 0x27, 0x37, 0xbd, 0x96,
                0x5d, 0x9b, 0xc8, 0x27
            ]
        );
    }
}
