use super::index::DIMENSIONS;

/// Appends the dot product of each vector with `query` to `scores`: with AVX2 where the processor has it.
pub(super) fn append(
    query: &[i8; DIMENSIONS],
    vectors: &[[i8; DIMENSIONS]],
    scores: &mut Vec<i32>,
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = avx2::found() {
        avx2::append(avx2, query, vectors, scores);
        return;
    }
    scores.extend(vectors.iter().map(|vector| dot(query, vector)));
}

fn dot(query: &[i8; DIMENSIONS], vector: &[i8; DIMENSIONS]) -> i32 {
    let products = query
        .iter()
        .zip(vector)
        .map(|(&a, &b)| i32::from(a) * i32::from(b));
    products.sum()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use pulp::x86::V3;
    use pulp::{cast, i8x16, i16x16, i32x8};

    use super::DIMENSIONS;

    /// Components in a register of 256 bits, at 16 bits each.
    const LANES: usize = 16;

    type Query = [i16x16; DIMENSIONS / LANES];

    pub(super) fn found() -> Option<V3> {
        V3::try_new()
    }

    pub(super) fn append(
        simd: V3,
        query: &[i8; DIMENSIONS],
        vectors: &[[i8; DIMENSIONS]],
        scores: &mut Vec<i32>,
    ) {
        // Only what is inlined into this closure is compiled for AVX2.
        simd.vectorize(
            #[inline(always)]
            || {
                let query = widened(simd, query);
                scores.extend(vectors.iter().map(|vector| dot(simd, &query, vector)));
            },
        );
    }

    #[expect(clippy::inline_always, reason = "else it is not compiled for AVX2")]
    #[inline(always)]
    fn widened(simd: V3, query: &[i8; DIMENSIONS]) -> Query {
        let (parts, _) = query.as_chunks::<LANES>();
        std::array::from_fn(|at| widen(simd, parts[at]))
    }

    #[expect(clippy::inline_always, reason = "else it is not compiled for AVX2")]
    #[inline(always)]
    fn widen(simd: V3, part: [i8; LANES]) -> i16x16 {
        simd.convert_i8x16_to_i16x16(cast::<_, i8x16>(part))
    }

    #[expect(clippy::inline_always, reason = "else it is not compiled for AVX2")]
    #[inline(always)]
    fn dot(simd: V3, query: &Query, vector: &[i8; DIMENSIONS]) -> i32 {
        let (parts, _) = vector.as_chunks::<LANES>();
        let mut sums: i32x8 = simd.splat_i32x8(0);
        for (part, weights) in parts.iter().zip(query) {
            // Two products of 16 bits and their sum have room in 32 bits.
            let products = simd.multiply_wrapping_add_adjacent_i16x16(widen(simd, *part), *weights);
            sums = simd.wrapping_add_i32x8(sums, products);
        }
        cast::<_, [i32; 8]>(sums).iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_products_do_not_overflow() {
        let (least, most) = ([i8::MIN; DIMENSIONS], [i8::MAX; DIMENSIONS]);
        let mut scores = Vec::new();
        append(&least, &[least, most], &mut scores);
        assert_eq!(scores, [6_291_456, -6_242_304]);
    }

    /// What a processor without AVX2 computes.
    #[test]
    fn the_portable_product_is_the_same() {
        let vector = |factor: usize| {
            std::array::from_fn(|at| ((at * factor) % 256).to_le_bytes()[0].cast_signed())
        };
        let query = vector(7);
        let vectors: Vec<[i8; DIMENSIONS]> = (0..100).map(vector).collect();
        let mut scores = Vec::new();
        append(&query, &vectors, &mut scores);
        let portable: Vec<i32> = vectors.iter().map(|vector| dot(&query, vector)).collect();
        assert_eq!(scores, portable);
    }
}
