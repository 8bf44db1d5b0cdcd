//! The W3C trace context of a call, in its 25 bytes and as the header `traceparent`.

/// Bytes of a trace context on the wire: 16 trace id, 8 span id, 1 flags.
pub const TRACE_CONTEXT_LEN: usize = 25;

/// Length of a version 00 `traceparent`: `00-` trace id `-` span id `-` flags.
const TRACEPARENT_LEN: usize = 55;

/// The flag that asks every process on the way for spans.
const SAMPLED: u8 = 1;

/// Which trace and which span a call belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Trace id, not all zero.
    pub trace_id: [u8; 16],
    /// Span id of the caller, not all zero.
    pub span_id: [u8; 8],
    /// W3C trace flags; bit 0 is "sampled".
    pub flags: u8,
}

impl TraceContext {
    /// Reads the 25 bytes; `None` for another length or an id of zeros, which W3C calls invalid.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; TRACE_CONTEXT_LEN] = bytes.try_into().ok()?;
        let (trace_id, rest) = bytes.split_first_chunk::<16>()?;
        let (span_id, flags) = rest.split_first_chunk::<8>()?;
        let context = Self {
            trace_id: *trace_id,
            span_id: *span_id,
            flags: flags[0],
        };
        context.is_valid().then_some(context)
    }

    /// The 25 bytes.
    pub fn to_bytes(self) -> [u8; TRACE_CONTEXT_LEN] {
        let mut bytes = [0; TRACE_CONTEXT_LEN];
        bytes[..16].copy_from_slice(&self.trace_id);
        bytes[16..24].copy_from_slice(&self.span_id);
        bytes[24] = self.flags;
        bytes
    }

    /// Reads a W3C `traceparent` (Trace Context, section 3.2); `None` where the standard calls it invalid.
    pub fn from_traceparent(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let version = hex_bytes::<1>(bytes.get(..2)?)?[0];
        let well_cut = bytes.len() == TRACEPARENT_LEN
            || (version != 0 && bytes.get(TRACEPARENT_LEN) == Some(&b'-'));
        let dashes = [2, 35, 52].iter().all(|&at| bytes.get(at) == Some(&b'-'));
        if version == 0xff || !well_cut || !dashes {
            return None;
        }
        let context = Self {
            trace_id: hex_bytes(&bytes[3..35])?,
            span_id: hex_bytes(&bytes[36..52])?,
            flags: hex_bytes::<1>(&bytes[53..55])?[0],
        };
        context.is_valid().then_some(context)
    }

    /// True when the caller asked for spans.
    pub fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }

    fn is_valid(&self) -> bool {
        self.trace_id != [0; 16] && self.span_id != [0; 8]
    }
}

/// Lower-case hex digits to bytes; the standard allows no upper case.
fn hex_bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_and_its_25_bytes_say_the_same() {
        let context = TraceContext::from_traceparent(TEXT).expect("valid");
        assert!(context.is_sampled());
        assert_eq!(context.trace_id[0], 0x0a);
        assert_eq!(context.span_id[7], 0x31);
        assert_eq!(TraceContext::from_bytes(&context.to_bytes()), Some(context));
    }

    #[test]
    fn what_the_standard_calls_invalid_is_refused() {
        let cases = [
            ("empty", ""),
            (
                "short",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
            ),
            (
                "version ff",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ),
            (
                "upper case",
                "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ),
            (
                "zero trace id",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            ),
            (
                "zero span id",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            ),
            (
                "other dashes",
                "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            ),
            (
                "version 00 with a tail",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            ),
            (
                "not ascii",
                "00-0af7651916cd43dd8448eb211c8031é-b7ad6b7169203331-01",
            ),
        ];
        for (name, text) in cases {
            assert_eq!(TraceContext::from_traceparent(text), None, "{name}");
        }
    }

    #[test]
    fn a_later_version_with_a_tail_is_read() {
        let text = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more";
        let context = TraceContext::from_traceparent(text).expect("valid");
        assert!(!context.is_sampled());
    }

    #[test]
    fn bytes_of_another_length_are_refused() {
        for length in [0, 1, 24, 26] {
            assert_eq!(TraceContext::from_bytes(&vec![1; length]), None, "{length}");
        }
    }
}
