//! What inflate promises beyond its vectors, which have a case for each of its rules.

mod common;
mod random;

use std::io::{Read, Write};

use common::{bytes, vectors};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use random::SplitMix64;
use sidecar_kernels::{Checkpoint, Inflate, Kernel, KernelError};
use sidecar_wire::kernels_v1::InflateRequest;

const MOST_BYTES: u64 = 4_000_000;

fn inflate(data: &[u8], max_bytes: u64) -> Result<Vec<u8>, KernelError> {
    let request = InflateRequest {
        data: data.into(),
        max_bytes,
    };
    Inflate
        .run(request, &Checkpoint::default())
        .map(|response| response.data.into_owned())
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).expect("memory takes all");
    packed.finish().expect("memory takes all")
}

/// Text that packs well, and noise that does not.
fn content(len: usize) -> Vec<u8> {
    let mut random = SplitMix64(7);
    let noise = (0..len / 2).map(|_| random.next().to_le_bytes()[0]);
    let text = b"GET /api/v1/users HTTP/1.1 200 ".iter().cycle().copied();
    text.take(len - len / 2).chain(noise).collect()
}

#[test]
fn contents_of_every_size_come_back_whole_and_not_with_a_bound_less() {
    for len in [
        1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_000_000, 4_000_000,
    ] {
        let content = content(len);
        let data = gzip(&content);
        for bound in [len as u64, 0, MOST_BYTES] {
            assert!(
                inflate(&data, bound).as_ref() == Ok(&content),
                "{len} bytes, bound {bound}"
            );
        }
        if len > 1 {
            let found = inflate(&data, len as u64 - 1);
            assert!(
                matches!(found, Err(KernelError::InvalidInput(_))),
                "{len} bytes"
            );
        }
    }
}

/// Sizes at the ends of members are only hints: here they say less than there is.
#[test]
fn many_members_make_one_answer() {
    let parts: Vec<Vec<u8>> = [70_000, 0, 1, 200_000, 3].map(content).into();
    let data: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
    assert!(inflate(&data, 0) == Ok(parts.concat()));
}

/// `MultiGzDecoder` stands for the specification where a name is not over 511 bytes, which no change here makes.
#[test]
fn changed_bytes_are_refused_or_unpacked_as_flate2_does() {
    let mut random = SplitMix64(3);
    let (mut taken, mut refused) = (0, 0);
    for (path, vector) in vectors("inflate") {
        let data = bytes(&vector["request"]["fields"]["data"]);
        if !(1..2000).contains(&data.len()) || path.to_string_lossy().contains("_of_51") {
            continue;
        }
        for _ in 0..200 {
            let mut changed = data.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                changed[at] ^= 1 << random.below(8);
            }
            let mut expected = Vec::new();
            let outcome = MultiGzDecoder::new(&changed[..])
                .take(MOST_BYTES + 1)
                .read_to_end(&mut expected);
            let is_good = outcome.is_ok() && expected.len() as u64 <= MOST_BYTES;
            let found = inflate(&changed, 0);
            assert_eq!(
                found.as_ref().ok(),
                is_good.then_some(&expected),
                "{}: {}",
                path.display(),
                changed.escape_ascii()
            );
            taken += usize::from(is_good);
            refused += usize::from(!is_good);
        }
    }
    assert!(
        taken > 100 && refused > 1000,
        "{taken} taken, {refused} refused"
    );
}

#[test]
fn no_start_of_a_member_is_taken_for_one() {
    let data = gzip(&content(5000));
    for len in 0..data.len() {
        let found = inflate(&data[..len], 0);
        assert!(
            matches!(found, Err(KernelError::InvalidInput(_))),
            "{len} bytes"
        );
        let second = inflate(&[&data, &data[..len]].concat(), 0);
        assert_eq!(second.is_ok(), len == 0, "a whole member and {len} bytes");
    }
}
