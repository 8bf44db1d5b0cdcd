//! Reads the golden vectors; `protos/vectors/README.md` has their form.

mod hex;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use hex::unhex;

/// The vector files of a kernel.
pub fn vectors(kernel: &str) -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../protos/vectors")
        .join(kernel);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let vectors: Vec<_> = entries
        .map(|entry| read(entry.expect("entry").path()))
        .collect();
    assert!(
        !vectors.is_empty(),
        "{}: no vectors; run `make generate`",
        folder.display()
    );
    vectors
}

fn read(path: PathBuf) -> (PathBuf, Value) {
    let content = fs::read(&path).expect("readable vector");
    let value = serde_json::from_slice(&content).expect("vector in JSON");
    (path, value)
}

/// Bytes as a vector writes them: hex, or parts with repeats.
pub fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(hex) => unhex(hex),
        value if value["repeat"].is_string() => {
            let times = value["times"].as_u64().expect("times");
            unhex(value["repeat"].as_str().expect("hex"))
                .repeat(usize::try_from(times).expect("fits"))
        }
        value => value["parts"]
            .as_array()
            .expect("parts")
            .iter()
            .flat_map(bytes)
            .collect(),
    }
}
