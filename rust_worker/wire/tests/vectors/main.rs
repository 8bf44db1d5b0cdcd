//! The wire crate against the golden vectors of `protos/vectors`.

mod codecs;
mod frames;
mod golden;
#[path = "../generated/test_v1.rs"]
mod test_v1;
