//! Kernels without a proto of their own. `protos/kernels/v1/bytes.md`.

use std::fmt;

use sidecar_wire::bytes::{BYTES_METHOD, BYTES_SERVICE};
use sidecar_wire::kernels_v1::{BytesRequest, BytesResponse};
use sidecar_wire::lists::KernelSpec;

use crate::{Checkpoint, Kernel, KernelError};

/// Longest name of a kernel, in bytes.
const LONGEST_NAME: usize = 64;

/// A function from bytes to bytes as a kernel: what a project of its own registers.
///
/// ```
/// use sidecar_kernels::{BytesKernel, Checkpoint, KernelError, Registry};
///
/// fn upper(input: &[u8], _: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
///     Ok(input.to_ascii_uppercase())
/// }
///
/// let registry = Registry::default().with(BytesKernel::new("upper", upper).cheap_up_to_bytes(4096));
/// assert!(registry.get(b"upper").is_some());
/// ```
pub struct BytesKernel<F> {
    spec: KernelSpec,
    run: F,
}

impl<F> BytesKernel<F>
where
    F: Fn(&[u8], &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> + Send + Sync + 'static,
{
    /// A kernel of version 1.0 that may be called again and may be answered by its Go twin instead, as a pure function may.
    ///
    /// # Panics
    /// When the name breaks the rule of bytes.md: lower-case letters, digits and dashes, 1 to 64 bytes, a letter first.
    #[must_use]
    pub fn new(name: &'static str, run: F) -> Self {
        assert!(
            is_name(name),
            "{name:?} names no kernel: write lower-case letters, digits and dashes, 1 to 64 bytes, a letter first"
        );
        let spec = KernelSpec {
            name,
            package: "kernels.v1",
            service: BYTES_SERVICE,
            method: BYTES_METHOD,
            version: 1 << 16,
            idempotent: true,
            fallback_safe: true,
            cheap_up_to_bytes: 0,
            max_request_bytes: 0,
            misbehaves: false,
        };
        Self { spec, run }
    }

    /// The version that receipts carry.
    #[must_use]
    pub fn version(mut self, major: u16, minor: u16) -> Self {
        self.spec.version = u32::from(major) << 16 | u32::from(minor);
        self
    }

    /// Encoded request up to which an answer takes less than some tens of microseconds: it is then computed on the thread
    /// that read it. None without.
    #[must_use]
    pub fn cheap_up_to_bytes(mut self, bytes: usize) -> Self {
        self.spec.cheap_up_to_bytes = bytes;
        self
    }

    /// Bound of the encoded request; the message limit without.
    #[must_use]
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.spec.max_request_bytes = bytes;
        self
    }
}

impl<F> Kernel for BytesKernel<F>
where
    F: Fn(&[u8], &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> + Send + Sync + 'static,
{
    type Request<'a> = BytesRequest<'a>;
    type Response<'a> = BytesResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &self.spec
    }

    fn run<'a>(
        &self,
        request: BytesRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<BytesResponse<'a>, KernelError> {
        Ok(BytesResponse {
            data: (self.run)(&request.data, checkpoint)?.into(),
        })
    }
}

impl<F> fmt::Debug for BytesKernel<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BytesKernel")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_NAME).contains(&name.len())
        && name.as_bytes()[0].is_ascii_lowercase()
        && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use sidecar_wire::{Codec, Message};

    use super::*;
    use crate::{Hosted, Registry};

    fn reversed(input: &[u8], checkpoint: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
        checkpoint.poll()?;
        Ok(input.iter().rev().copied().collect())
    }

    #[test]
    fn a_function_answers_in_every_codec() {
        let kernel = BytesKernel::new("reversed", reversed);
        for codec in Codec::ALL {
            let (mut request, mut expected, mut reply) = (Vec::new(), Vec::new(), Vec::new());
            let data = b"abc".as_slice().into();
            BytesRequest { data }.encode(*codec, &mut request);
            let data = b"cba".as_slice().into();
            BytesResponse { data }.encode(*codec, &mut expected);
            Hosted::run(
                &kernel,
                *codec,
                &request,
                &Checkpoint::default(),
                None,
                &mut reply,
            )
            .expect("it answers");
            assert_eq!(reply, expected, "{}", codec.name());
        }
    }

    #[test]
    fn names_follow_the_rule_of_bytes_md() {
        for name in ["a", "normalize", "csv-sum-2", &"a".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "2a", "Sum", "csv_sum", "é", &"a".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    #[should_panic(expected = "names no kernel")]
    fn a_wrong_name_is_refused_when_the_kernel_is_made() {
        let _ = BytesKernel::new("Reversed", reversed);
    }

    #[test]
    fn a_registry_takes_own_kernels_beside_the_standard_ones() {
        let registry = Registry::standard().with(BytesKernel::new("reversed", reversed));
        assert!(registry.get(b"reversed").is_some() && registry.get(b"echo").is_some());
    }

    #[test]
    #[should_panic(expected = "registered already")]
    fn a_name_that_is_taken_is_refused() {
        let _ = Registry::standard().with(BytesKernel::new("echo", reversed));
    }
}
