//! A call whose request comes in several frames.

use std::sync::Arc;

use sidecar_kernels::Hosted;
use sidecar_wire::lists::Codec;

use crate::body::Body;
use crate::call::Call;

/// A call whose header is read and whose payload is still coming.
pub(super) struct Assembly {
    pub(super) kernel: Arc<dyn Hosted>,
    pub(super) codec: Codec,
    pub(super) call: Call,
    pub(super) body: Body,
}
