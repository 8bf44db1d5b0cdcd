//! Where kernels without a proto of their own are called; `protos/kernels/v1/bytes.md`.

/// Full name of the gRPC service.
pub const BYTES_SERVICE: &str = "kernels.v1.BytesService";

/// Path of its one method.
pub const BYTES_METHOD: &str = "/kernels.v1.BytesService/Bytes";
