//! The channels, one file each: they move bytes and know no kernel.

pub mod uds;
