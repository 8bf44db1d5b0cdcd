//! What a system tells of itself and of us: a module each, named for it. Linux is the one that is tested.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{boot_id, descriptor, resident_bytes};
#[cfg(not(target_os = "linux"))]
pub use other::{boot_id, descriptor, resident_bytes};

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{linux, other};

    #[test]
    fn linux_tells_what_others_do_not() {
        assert_eq!(linux::boot_id().len(), 16);
        assert!(linux::resident_bytes().is_some_and(|bytes| bytes > 100_000));
        assert_eq!((other::boot_id(), other::resident_bytes()), (vec![], None));
    }

    #[test]
    fn a_descriptor_can_be_opened_by_name_everywhere() {
        let names: [fn(i32) -> PathBuf; 2] = [linux::descriptor, other::descriptor];
        assert!(names.iter().all(|name| name(0).exists()));
    }
}
