//! Reads the golden vectors, `protos/vectors/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A message in three codecs.
pub struct Encoded {
    pub name: String,
    pub message: String,
    pub protobuf: Vec<u8>,
    pub msgpack: Vec<u8>,
    pub raw: Vec<u8>,
}

/// Every encoded message of the vectors.
pub fn messages() -> Vec<Encoded> {
    files("")
        .into_iter()
        .flat_map(|(name, file)| of_file(&name, &file))
        .collect()
}

/// The one of that name.
pub fn message(name: &str) -> Encoded {
    let mut found = messages()
        .into_iter()
        .filter(|message| message.name == name);
    found
        .next()
        .unwrap_or_else(|| panic!("no vector {name}; run `make generate`"))
}

fn of_file(name: &str, file: &Value) -> Vec<Encoded> {
    if file.get("kernel").is_some() {
        let sides = ["request", "response"].into_iter();
        return sides
            .filter_map(|side| Some((side, file.get(side)?)))
            .map(|(side, message)| encoded(format!("{name}:{side}"), message))
            .collect();
    }
    file.get("fields")
        .map(|_| encoded(name.to_owned(), file))
        .into_iter()
        .collect()
}

fn encoded(name: String, file: &Value) -> Encoded {
    Encoded {
        name,
        message: text(&file["message"]),
        protobuf: bytes(&file["protobuf"]),
        msgpack: bytes(&file["msgpack"]),
        raw: bytes(&file["raw"]),
    }
}

/// Files below a folder of the vectors by their path without `.json`; none is an error.
pub fn files(folder: &str) -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protos/vectors");
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    assert!(
        !paths.is_empty(),
        "no vectors in {}; run `make generate`",
        root.display()
    );
    paths.sort();
    paths
        .iter()
        .map(|path| (name_of(&root, path), read(path)))
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of vectors is readable") {
        let path = entry.expect("an entry of the vectors is readable").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
}

fn name_of(root: &Path, path: &Path) -> String {
    let relative = path
        .strip_prefix(root)
        .expect("a path below the vectors")
        .with_extension("");
    relative.display().to_string()
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a vector is readable");
    serde_json::from_str(&text).expect("a vector is JSON")
}

/// A string of a vector.
pub fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// Bytes as a vector writes them.
pub fn bytes(value: &Value) -> Vec<u8> {
    if let Some(hex) = value.as_str() {
        return unhex(hex);
    }
    if let Some(parts) = value["parts"].as_array() {
        return parts.iter().flat_map(bytes).collect();
    }
    let times = value["times"].as_u64().expect("a number of times");
    bytes(&value["repeat"]).repeat(usize::try_from(times).expect("a size"))
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    let byte =
        |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).expect("hex"), 16).expect("hex");
    digits.map(byte).collect()
}
