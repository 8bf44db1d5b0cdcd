//! Every kernel answers every golden vector, byte for byte, in every codec, as a host calls it.

mod common;

use common::{bytes, vectors};
use sidecar_kernels::{Checkpoint, Registry};
use sidecar_wire::Codec;

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
            kernel
                .run(codec, &request, &Checkpoint::default(), None, &mut reply)
                .expect("an answer");
            let expected = [b"before".as_slice(), &bytes(&vector["response"][key])].concat();
            assert!(
                reply == expected,
                "{}, {key}: another answer",
                path.display()
            );
        }
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
