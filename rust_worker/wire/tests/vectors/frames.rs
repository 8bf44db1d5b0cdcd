//! Frames against the golden vectors.

use serde_json::Value;
use sidecar_wire::frame::{PREFIX_LEN, Prefix, Side};
use sidecar_wire::lists::{FLAG_MORE, MAX_FRAME_BYTES};

use crate::golden;

fn side(file: &Value) -> Side {
    match file["sender"].as_str() {
        Some("client") => Side::Client,
        Some("worker") => Side::Worker,
        other => panic!("no side {other:?}"),
    }
}

fn prefix_of(bytes: &[u8]) -> &[u8; PREFIX_LEN] {
    bytes.first_chunk().expect("a whole prefix")
}

#[test]
fn prefixes_are_read_and_written_as_the_oracle_writes_them() {
    for (name, file) in golden::files("frames") {
        let bytes = golden::bytes(&file["bytes"]);
        let prefix = Prefix::parse(prefix_of(&bytes), side(&file), MAX_FRAME_BYTES).expect(&name);
        assert_eq!(u64::from(prefix.kind.number()), file["type"], "{name}");
        assert_eq!(
            u64::from(if prefix.more { FLAG_MORE } else { 0 }),
            file["flags"],
            "{name}"
        );
        assert_eq!(prefix.call_id, file["call_id"], "{name}");
        let (header, payload) = bytes[PREFIX_LEN..].split_at(prefix.header_len);
        assert_eq!(header, golden::bytes(&file["header"]), "{name}");
        assert_eq!(payload, golden::bytes(&file["payload"]), "{name}");
        assert_eq!(prefix.payload_len, payload.len(), "{name}");
        assert_eq!(&prefix.to_bytes(), prefix_of(&bytes), "{name}");
    }
}

#[test]
fn protocol_errors_are_refused() {
    let (_, file) = golden::files("malformed")
        .into_iter()
        .find(|(name, _)| name == "malformed/frames")
        .expect("it");
    for bad in file["refused"].as_array().expect("a list") {
        let bytes = golden::bytes(&bad["bytes"]);
        let result = Prefix::parse(prefix_of(&bytes), side(bad), MAX_FRAME_BYTES);
        assert!(result.is_err(), "{} is taken", bad["name"]);
    }
}
