use sidecar_wire::lists::KernelSpec;
use sidecar_wire::stamps::now_ns;
use sidecar_wire::{Codec, Malformed, Message};

use crate::checkpoint::Checkpoint;
use crate::kernel::{Kernel, KernelError};
use crate::plant;

/// What a host learns of a request before it decides where the kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Cheap enough for the thread that read the request.
    pub cheap: bool,
}

/// A kernel as a host sees it: encoded bytes in, encoded bytes out. Implemented for every [`Kernel`].
pub trait Hosted: Send + Sync {
    /// What the kernel states of itself.
    fn spec(&self) -> &KernelSpec;

    /// Loads what the kernel keeps resident, which its first call would do otherwise.
    fn preload(&self) {}

    /// Checks that the request decodes, and says whether it is cheap.
    ///
    /// # Errors
    /// [`Malformed`] when it does not decode; the kernel has not run.
    fn admit(&self, codec: Codec, request: &[u8]) -> Result<Admission, Malformed>;

    /// Computes, and appends the encoded answer to `reply`. `stamps` takes t6, t7 and t8, monotonic ns.
    ///
    /// # Errors
    /// [`KernelError`]; `reply` is then as it was.
    fn run(
        &self,
        codec: Codec,
        request: &[u8],
        checkpoint: &Checkpoint<'_>,
        stamps: Option<&mut [u64; 3]>,
        reply: &mut Vec<u8>,
    ) -> Result<(), KernelError>;
}

impl<K: Kernel> Hosted for K {
    fn spec(&self) -> &KernelSpec {
        Kernel::spec(self)
    }

    fn preload(&self) {
        Kernel::preload(self);
    }

    fn admit(&self, codec: Codec, request: &[u8]) -> Result<Admission, Malformed> {
        plant::delay("decode");
        let view = K::Request::decode(codec, request)?;
        Ok(Admission {
            cheap: self.is_cheap(&view, request.len()),
        })
    }

    fn run(
        &self,
        codec: Codec,
        request: &[u8],
        checkpoint: &Checkpoint<'_>,
        stamps: Option<&mut [u64; 3]>,
        reply: &mut Vec<u8>,
    ) -> Result<(), KernelError> {
        // Taken again rather than carried from `admit`: a view costs some 20 ns, and to hand it to another thread
        // together with the buffer that it borrows from would need a self-reference.
        let view = K::Request::decode(codec, request)?;
        let t6 = stamp(stamps.as_deref());
        let response = Kernel::run(self, view, checkpoint)?;
        plant::delay("compute");
        let t7 = stamp(stamps.as_deref());
        encode(codec, &response, reply);
        if let Some(stamps) = stamps {
            *stamps = [t6, t7, now_ns()];
        }
        Ok(())
    }
}

fn stamp(wanted: Option<&[u64; 3]>) -> u64 {
    wanted.map_or(0, |_| now_ns())
}

fn encode<'a>(codec: Codec, response: &impl Message<'a>, reply: &mut Vec<u8>) {
    reply.reserve(response.encoded_len(codec));
    response.encode(codec, reply);
    plant::change("rust-kernel", reply);
    plant::delay("reply_encode");
}
