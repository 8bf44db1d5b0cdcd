//! Files of /proc.

use std::fs;
use std::os::fd::RawFd;
use std::path::PathBuf;

use rustix::param::page_size;

/// The kernel's boot id, 16 bytes (random(4)); empty where /proc is not mounted.
pub fn boot_id() -> Vec<u8> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).filter_map(byte).collect()
}

/// The name by which an open descriptor of ours can be opened again; there also where /dev has no links.
pub fn descriptor(number: RawFd) -> PathBuf {
    format!("/proc/self/fd/{number}").into()
}

/// The memory that we hold: the second number of /proc/self/statm counts resident pages (proc_pid_statm(5)).
pub fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(page_size()).ok()?)
}
