//! The one line of JSON by which a child announces itself (protos/HANDSHAKE.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lists::CONTRACT;

/// Bytes the line takes at most, its line feed included.
pub const MAX_LINE_BYTES: usize = 4096;

/// What a child says on stdout once it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// `major.minor` of the contract.
    pub contract: String,
    /// `worker`, `service` or `driver`.
    pub role: String,
    /// Process id of the child.
    pub pid: u32,
    /// CLOCK_MONOTONIC at the start of main, ns.
    pub start_ns: u64,
    /// What the parent gave by `--nonce`; empty without.
    pub nonce: String,
    /// Version of the program.
    pub version: String,
    /// Channel or protocol to address.
    pub endpoints: BTreeMap<String, String>,
}

impl Handshake {
    /// The line, without its line feed.
    ///
    /// # Errors
    /// When it would take over [`MAX_LINE_BYTES`].
    pub fn to_line(&self) -> Result<String, String> {
        let line = serde_json::to_string(self).map_err(|error| error.to_string())?;
        if line.len() < MAX_LINE_BYTES {
            return Ok(line);
        }
        let length = line.len();
        Err(format!(
            "the handshake line takes {length} bytes, over {MAX_LINE_BYTES}; give a shorter nonce or socket folder"
        ))
    }
}

/// A contract number, major in the high 16 bits, as the handshake writes it: `major.minor`.
pub fn contract_text(contract: u32) -> String {
    format!("{}.{}", contract >> 16, contract & 0xffff)
}

/// Reads `major.minor`; `None` for anything else.
pub fn contract_number(text: &str) -> Option<u32> {
    let (major, minor) = text.split_once('.')?;
    let (major, minor): (u16, u16) = (major.parse().ok()?, minor.parse().ok()?);
    Some(u32::from(major) << 16 | u32::from(minor))
}

/// True when the majors agree, which is all that two ends need.
pub fn agrees(contract: u32) -> bool {
    contract >> 16 == CONTRACT >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> Handshake {
        Handshake {
            contract: contract_text(CONTRACT),
            role: "worker".into(),
            pid: 4711,
            start_ns: 81_230_000_123,
            nonce: "5f0c".into(),
            version: "0.1.0".into(),
            endpoints: BTreeMap::from([("uds".into(), "/run/w.sock".into())]),
        }
    }

    #[test]
    fn the_line_has_every_key_of_handshake_md_once() {
        let line = handshake().to_line().expect("short");
        assert_eq!(
            line,
            r#"{"contract":"1.0","role":"worker","pid":4711,"start_ns":81230000123,"nonce":"5f0c","version":"0.1.0","endpoints":{"uds":"/run/w.sock"}}"#
        );
    }

    #[test]
    fn a_line_over_its_limit_is_refused() {
        let mut long = handshake();
        long.nonce = "a".repeat(MAX_LINE_BYTES);
        assert!(long.to_line().is_err());
    }

    #[test]
    fn contracts_read_back_as_written_and_agree_by_major() {
        assert_eq!(contract_number(&contract_text(CONTRACT)), Some(CONTRACT));
        for text in ["", "1", "1.", ".0", "1.0.0", "-1.0", "65536.0", "1.x"] {
            assert_eq!(contract_number(text), None, "{text}");
        }
        assert!(agrees(CONTRACT + 1));
        assert!(!agrees(CONTRACT + (1 << 16)));
    }
}
