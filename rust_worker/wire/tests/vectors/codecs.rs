//! The three codecs against the golden vectors.

use std::borrow::Cow;

use serde_json::Value;
use sidecar_wire::{Codec, Malformed, Message, Packed, faults_v1, kernels_v1, wire_v1};

use crate::golden::{self, Encoded};
use crate::test_v1::Every;

impl Encoded {
    fn golden(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Protobuf => &self.protobuf,
            Codec::Msgpack => &self.msgpack,
            Codec::Raw => &self.raw,
        }
    }
}

/// What the message of the bytes is in another codec, checked for its length on the way.
fn recode<'a, M: Message<'a>>(
    from: Codec,
    bytes: &'a [u8],
    to: Codec,
) -> Result<Vec<u8>, Malformed> {
    let message = M::decode(from, bytes)?;
    let mut out = b"before".to_vec();
    message.encode(to, &mut out);
    let appended = out.split_off("before".len());
    assert_eq!(out, b"before");
    assert_eq!(
        appended.len(),
        message.encoded_len(to),
        "{} as {}",
        M::NAME,
        to.name()
    );
    Ok(appended)
}

type Recode = for<'a> fn(Codec, &'a [u8], Codec) -> Result<Vec<u8>, Malformed>;

macro_rules! by_name {
    ($($message:ty),* $(,)?) => {
        [$((
            <$message as Message>::NAME,
            (|from, bytes, to| recode::<$message>(from, bytes, to)) as Recode,
        )),*]
    };
}

fn recoder(name: &str) -> Recode {
    let all = by_name![
        kernels_v1::EchoRequest,
        kernels_v1::EchoResponse,
        kernels_v1::SpinRequest,
        kernels_v1::SpinResponse,
        kernels_v1::DigestRequest,
        kernels_v1::DigestResponse,
        kernels_v1::RedactRequest,
        kernels_v1::RedactResponse,
        kernels_v1::TokenizeRequest,
        kernels_v1::TokenizeResponse,
        kernels_v1::TopkRequest,
        kernels_v1::TopkResponse,
        kernels_v1::InflateRequest,
        kernels_v1::InflateResponse,
        kernels_v1::BytesRequest,
        kernels_v1::BytesResponse,
        faults_v1::SleepRequest,
        faults_v1::SleepResponse,
        faults_v1::PanicRequest,
        faults_v1::PanicResponse,
        faults_v1::AbortRequest,
        faults_v1::AbortResponse,
        faults_v1::AllocRequest,
        faults_v1::AllocResponse,
        faults_v1::AppendRequest,
        faults_v1::AppendResponse,
        wire_v1::Hello,
        wire_v1::CallHeader,
        wire_v1::Receipt,
        wire_v1::Goaway,
        wire_v1::Frame,
        Every,
    ];
    let found = all.into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("add {name} to this list")).1
}

fn codec_named(name: &str) -> Codec {
    let found = Codec::ALL.iter().find(|codec| codec.name() == name);
    *found.unwrap_or_else(|| panic!("no codec {name}"))
}

#[test]
fn golden_bytes_of_each_codec_give_the_golden_bytes_of_every_codec() {
    for vector in golden::messages() {
        for &from in Codec::ALL {
            for &to in Codec::ALL {
                let got = recoder(&vector.message)(from, vector.golden(from), to);
                let same = got.as_deref() == Ok(vector.golden(to));
                assert!(
                    same,
                    "{} from {} to {}",
                    vector.name,
                    from.name(),
                    to.name()
                );
            }
        }
    }
}

/// Each case of a file of malformed messages, and what the codec makes of it in raw.
fn each_case(list: &str, mut check: impl FnMut(&str, &Value, Result<Vec<u8>, Malformed>)) {
    for (file_name, file) in golden::files("malformed") {
        let Some(message) = file["message"].as_str() else {
            continue;
        };
        let codec = codec_named(&golden::text(&file["codec"]));
        for case in file[list].as_array().expect("a list") {
            let name = format!("{file_name}: {}", golden::text(&case["name"]));
            check(
                &name,
                case,
                recoder(message)(codec, &golden::bytes(&case["bytes"]), Codec::Raw),
            );
        }
    }
}

#[test]
fn malformed_bytes_are_refused() {
    each_case("refused", |name, _, result| {
        assert!(result.is_err(), "{name} is taken");
    });
}

#[test]
fn odd_bytes_are_read_as_the_same_message() {
    each_case("accepted", |name, case, result| {
        assert_eq!(
            result.as_deref(),
            Ok(golden::bytes(&case["raw"]).as_slice()),
            "{name}"
        );
    });
}

#[test]
fn every_cut_of_a_message_is_refused() {
    for vector in golden::messages()
        .iter()
        .filter(|vector| vector.raw.len() < 400)
    {
        for codec in [Codec::Msgpack, Codec::Raw] {
            let golden = vector.golden(codec);
            for length in 0..golden.len() {
                let result = recoder(&vector.message)(codec, &golden[..length], codec);
                assert!(
                    result.is_err(),
                    "{} as {}: {length} bytes are taken",
                    vector.name,
                    codec.name()
                );
            }
        }
    }
}

#[test]
fn bytes_with_random_changes_are_refused_or_carried_by_every_codec() {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 32).expect("32 bits")
    };
    for vector in golden::messages()
        .iter()
        .filter(|vector| (1..400).contains(&vector.raw.len()))
    {
        for &codec in Codec::ALL {
            for _ in 0..200 {
                let mut bytes = vector.golden(codec).to_vec();
                for _ in 0..=next() % 3 {
                    if let Some(at) = next().checked_rem(bytes.len()) {
                        bytes[at] = next().to_le_bytes()[0];
                    }
                }
                carried(&vector.message, codec, &bytes);
            }
        }
    }
}

/// A message that is read at all comes back from every codec as it was.
fn carried(message: &str, codec: Codec, bytes: &[u8]) {
    let recode = recoder(message);
    let Ok(raw) = recode(codec, bytes, Codec::Raw) else {
        return;
    };
    for &other in Codec::ALL {
        let there = recode(codec, bytes, other).expect("it was read before");
        assert_eq!(
            recode(other, &there, Codec::Raw).as_ref(),
            Ok(&raw),
            "{message} by {}",
            other.name()
        );
    }
}

#[test]
fn bytes_fields_and_packed_fields_borrow_from_the_input() {
    let header = golden::message("wire/call_header_traced");
    let receipt = golden::message("wire/receipt_two_hops");
    for &codec in Codec::ALL {
        let header = wire_v1::CallHeader::decode(codec, header.golden(codec)).expect("golden");
        assert!(
            matches!(header.kernel, Cow::Borrowed(b"redact")),
            "{}",
            codec.name()
        );
        let input = receipt.golden(codec);
        let receipt = wire_v1::Receipt::decode(codec, input).expect("golden");
        assert!(
            input
                .as_ptr_range()
                .contains(&receipt.hops_ns.as_bytes().as_ptr()),
            "{}",
            codec.name()
        );
    }
}

#[test]
fn fields_stand_where_the_proto_has_them() {
    let message = Every {
        a_double: f64::MAX,
        a_float: f32::MAX,
        an_int32: i32::MAX,
        an_int64: i64::MAX,
        a_uint32: u32::MAX,
        a_uint64: u64::MAX,
        a_sint32: i32::MAX,
        a_sint64: i64::MAX,
        a_fixed32: u32::MAX,
        a_fixed64: u64::MAX,
        a_sfixed32: i32::MAX,
        a_sfixed64: i64::MAX,
        a_bool: true,
        some_bytes: Cow::Borrowed(&[255; 3]),
        fixed32s: Packed::from_slice(&[0, 1, u32::MAX]),
        fixed64s: Packed::from_slice(&[0, 1, u64::MAX]),
        sfixed32s: Packed::from_slice(&[i32::MIN, -1, 0, i32::MAX]),
        sfixed64s: Packed::from_slice(&[i64::MIN, -1, 0, i64::MAX]),
        floats: Packed::from_slice(&[0.0, -0.0, 1.5, f32::INFINITY]),
        doubles: Packed::from_slice(&[0.0, -0.0, 0.1, f64::NEG_INFINITY]),
    };
    let vector = golden::message("every/most");
    for &codec in Codec::ALL {
        assert_eq!(
            Every::decode(codec, vector.golden(codec)).as_ref(),
            Ok(&message),
            "{}",
            codec.name()
        );
    }
}

#[test]
fn the_headers_of_frames_have_their_fields_by_name() {
    let vector = golden::message("wire/call_header_traced");
    let header = wire_v1::CallHeader::decode(Codec::Msgpack, &vector.msgpack).expect("golden");
    assert_eq!(
        (header.codec, header.total_bytes, header.deadline_ns),
        (3, 65536, 250_000_000)
    );
    assert_eq!((header.stamps, header.trace_context.len()), (true, 25));
    assert_eq!(&*header.tracestate, b"vendor=value,other=1");
    let vector = golden::message("wire/receipt_queue_full");
    let receipt = wire_v1::Receipt::decode(Codec::Msgpack, &vector.msgpack).expect("golden");
    assert_eq!(
        (receipt.status, receipt.reason, receipt.retry_after_ns),
        (8, 6, 5_000_000)
    );
    assert_eq!(
        (
            receipt.executed,
            receipt.total_bytes,
            receipt.kernel_version
        ),
        (0, 0, 0)
    );
}

#[test]
fn elements_come_in_order_and_a_wrong_length_is_refused() {
    let packed = Packed::from_slice(&[3_u64, 1, u64::MAX]);
    assert_eq!(packed.iter().collect::<Vec<_>>(), [3, 1, u64::MAX]);
    assert_eq!((packed.len(), packed.is_empty()), (3, false));
    assert!(Packed::<u64>::from_bytes(&[0; 15]).is_err());
    assert!(Packed::<u32>::default().is_empty());
}

#[test]
fn an_error_names_message_codec_problem_and_place() {
    let error =
        wire_v1::Goaway::decode(Codec::Msgpack, b"\x92\x01\xcf\x00").expect_err("it is cut");
    assert_eq!(
        error.to_string(),
        "wire.v1.Goaway as msgpack: the bytes end too early at byte 3"
    );
}

#[test]
fn a_message_shows_the_length_of_its_bytes_and_none_of_them() {
    let request = kernels_v1::SpinRequest {
        steps: 7,
        seed: 1,
        payload: Cow::Borrowed(b"secret"),
    };
    let shown = "SpinRequest { steps: 7, seed: 1, payload: 6 bytes }";
    assert_eq!(format!("{request:?}"), shown);
    assert_eq!(
        format!("{:?}", Packed::from_slice(&[3_u64, 4])),
        "2 elements"
    );
}
