/// Exports the functions of protos/ABI.md over the kernels that `registry`, a `fn() -> Registry`, gives: what a crate of
/// your own calls once, in a library of the type `staticlib` or `cdylib`.
///
/// The library is linked like our own, under the name `libsidecar_inproc.a`. The crate must take this one without its
/// default features, or the symbols are there twice.
#[macro_export]
macro_rules! export {
    ($registry:path) => {
        // Each forwards to the function of its name, whose documentation says what the caller must keep.
        const _: () = {
            use $crate::{Call, Receipt};

            #[unsafe(no_mangle)]
            extern "C" fn sidecar_abi_version() -> u32 {
                $crate::sidecar_abi_version()
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn sidecar_kernel(
                name: *const u8,
                name_len: usize,
                kernel: *mut u32,
            ) -> u32 {
                $crate::host($registry);
                unsafe { $crate::sidecar_kernel(name, name_len, kernel) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn sidecar_call(call: *const Call, receipt: *mut Receipt) -> u32 {
                unsafe { $crate::sidecar_call(call, receipt) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn sidecar_take(
                token: u64,
                reply: *mut u8,
                reply_cap: usize,
                reply_len: *mut usize,
            ) -> u32 {
                unsafe { $crate::sidecar_take(token, reply, reply_cap, reply_len) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn sidecar_drop(token: u64) {
                $crate::sidecar_drop(token);
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn sidecar_enable_faults(
                append_file: *const u8,
                append_file_len: usize,
            ) -> u32 {
                $crate::host($registry);
                unsafe { $crate::sidecar_enable_faults(append_file, append_file_len) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn sidecar_reference_echo(
                request: *const u8,
                length: usize,
                reply: *mut u8,
            ) -> usize {
                unsafe { $crate::sidecar_reference_echo(request, length, reply) }
            }
        };
    };
}
