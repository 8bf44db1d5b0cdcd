use crate::lists::Codec;
use crate::malformed::{At, Malformed};

/// A flat message of the contract. The generator writes the implementations; views borrow from the input.
pub trait Message<'a>: Sized {
    /// Full name, such as `kernels.v1.SpinRequest`.
    const NAME: &'static str;

    /// Reads a message without copying its bytes fields.
    ///
    /// # Errors
    /// [`Malformed`] for all that `protos/CODEC.md` refuses.
    fn decode(codec: Codec, bytes: &'a [u8]) -> Result<Self, Malformed>;

    /// Appends the message.
    fn encode(&self, codec: Codec, out: &mut Vec<u8>);

    /// How many bytes [`Message::encode`] appends.
    fn encoded_len(&self, codec: Codec) -> usize;
}

/// Names the message and the codec of a reader's problem.
pub fn named(codec: Codec, message: &'static str) -> impl FnOnce(At) -> Malformed {
    move |(problem, offset)| Malformed {
        codec,
        message,
        problem,
        offset,
    }
}
