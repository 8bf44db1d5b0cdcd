//! What generated codecs call, those of this crate and of projects with protos of their own.

pub mod msgpack;
pub mod protobuf;
pub mod raw;
