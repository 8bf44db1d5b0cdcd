//! Every kernel answers every golden vector, byte for byte, in every codec, as a host calls it.

mod common;

use common::{bytes, vectors};
use serde_json::Value;
use sidecar_kernels::{Checkpoint, Registry};
use sidecar_wire::Codec;
use sidecar_wire::status::Failure;

const CODECS: [(Codec, &str); 3] = [
    (Codec::Protobuf, "protobuf"),
    (Codec::Msgpack, "msgpack"),
    (Codec::Raw, "raw"),
];

fn answers_its_vectors(name: &str) {
    let registry = Registry::standard();
    let kernel = registry.get(name.as_bytes()).expect("a standard kernel");
    for (path, vector) in vectors(name) {
        for (codec, key) in CODECS {
            let request = bytes(&vector["request"][key]);
            kernel
                .admit(codec, &request)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut reply = b"before".to_vec();
            let outcome = kernel.run(codec, &request, &Checkpoint::default(), None, &mut reply);
            let found = outcome.map_err(|error| Failure::from(error).reason.name());
            let expected = expected(&vector, key);
            let (result, answer) = match &expected {
                Ok(answer) => (Ok(()), answer.as_slice()),
                Err(reason) => (Err(*reason), [].as_slice()),
            };
            assert_eq!(found, result, "{}, {key}", path.display());
            assert!(
                reply == [b"before", answer].concat(),
                "{}, {key}: another answer",
                path.display()
            );
        }
    }
}

/// The answer in a codec, or the reason of the refusal.
fn expected<'a>(vector: &'a Value, codec: &str) -> Result<Vec<u8>, &'a str> {
    match vector["error"]["reason"].as_str() {
        Some(reason) => Err(reason),
        None => Ok(bytes(&vector["response"][codec])),
    }
}

#[test]
fn echo_answers_its_vectors() {
    answers_its_vectors("echo");
}

#[test]
fn spin_answers_its_vectors() {
    answers_its_vectors("spin");
}

#[test]
fn digest_answers_its_vectors() {
    answers_its_vectors("digest");
}

#[test]
fn redact_answers_its_vectors() {
    answers_its_vectors("redact");
}

#[test]
fn tokenize_answers_its_vectors() {
    answers_its_vectors("tokenize");
}

#[test]
fn topk_answers_its_vectors() {
    answers_its_vectors("topk");
}

#[test]
fn inflate_answers_its_vectors() {
    answers_its_vectors("inflate");
}
