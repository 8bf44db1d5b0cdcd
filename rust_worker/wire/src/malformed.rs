use crate::lists::Codec;

/// What is wrong with bytes that are no message; `protos/CODEC.md` has the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the bytes end too early")]
    Truncated,
    #[error("a length runs past the end")]
    PastEnd,
    #[error("a number is out of its type's range")]
    Range,
    #[error("a value has another type than its field")]
    Form,
    #[error("the message does not start with an array")]
    Array,
    #[error("a value behind the known fields has a form of no field")]
    Unknown,
    #[error("bytes follow the end")]
    Trailing,
    #[error("a length is no multiple of its element's size")]
    Elements,
    #[error("a gap between contents is not zero")]
    Gap,
    #[error("a key or value breaks the wire format")]
    Wire,
}

/// Bytes that are no message: which one, in which codec, and where. It never holds a byte of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} as {}: {problem} at byte {offset}", codec.name())]
pub struct Malformed {
    pub codec: Codec,
    /// Full name, such as `kernels.v1.SpinRequest`.
    pub message: &'static str,
    pub problem: Problem,
    /// Bytes from the start.
    pub offset: usize,
}

/// A problem and where it is; the readers' error before the message's name is known.
pub type At = (Problem, usize);
