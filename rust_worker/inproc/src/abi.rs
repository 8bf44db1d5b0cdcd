//! The exported functions. Their pointers are the caller's word: `protos/ABI.md` says what it must keep.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr::{self, addr_of_mut};
use std::slice;
use std::sync::atomic::AtomicU32;

use sidecar_wire::lists::{CONTRACT, Executed, Reason, Status};
use sidecar_wire::status::Failure;

use crate::call::{Answer, Request, answer};
use crate::{kept, table};

/// Bytes of text in a receipt.
const MESSAGE_BYTES: usize = 176;

/// `sidecar_call_t`.
#[derive(Debug)]
#[repr(C)]
pub struct Call {
    pub kernel: u32,
    pub codec: u32,
    pub request: *const u8,
    pub request_len: usize,
    pub reply: *mut u8,
    pub reply_cap: usize,
    pub max_reply: u64,
    pub deadline_ns: u64,
    pub cancel: *const u32,
    pub stamps: u32,
    pub reserved: u32,
}

/// `sidecar_receipt_t`.
#[derive(Debug)]
#[repr(C)]
pub struct Receipt {
    pub status: u32,
    pub reason: u32,
    pub executed: u32,
    pub kernel_version: u32,
    pub stamps_ns: [u64; 5],
    pub reply_len: u64,
    pub token: u64,
    pub message_len: u32,
    pub reserved: u32,
    pub message: [u8; MESSAGE_BYTES],
}

thread_local! {
    /// Where a reply is encoded before it is copied to the caller: used again by the thread's next call.
    static REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The contract: major in the high 16 bits, minor in the low 16.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub extern "C" fn sidecar_abi_version() -> u32 {
    CONTRACT
}

/// Looks a kernel up.
///
/// # Safety
/// `name` points to `name_len` bytes, `kernel` to a `uint32_t`; either may be NULL, which is refused.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub unsafe extern "C" fn sidecar_kernel(name: *const u8, name_len: usize, kernel: *mut u32) -> u32 {
    // SAFETY: the caller's word, as above.
    let Some(name) = (unsafe { bytes(name, name_len) }).filter(|_| !kernel.is_null()) else {
        return Status::InvalidArgument.number();
    };
    match catch_unwind(|| table::number(name)) {
        Ok(Some(number)) => {
            // SAFETY: not NULL, and the caller's word says that it is a uint32_t.
            unsafe { kernel.write(number) };
            Status::Ok.number()
        }
        Ok(None) => Status::Unimplemented.number(),
        Err(_) => Status::Internal.number(),
    }
}

/// Makes one call and returns the status that stands in the receipt too.
///
/// # Safety
/// `call` points to a [`Call`] whose buffers are as long as it says, `receipt` to room for a [`Receipt`], which may be
/// uninitialised. `cancel` is NULL or a flag that other threads change by atomic stores only.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub unsafe extern "C" fn sidecar_call(call: *const Call, receipt: *mut Receipt) -> u32 {
    // SAFETY: the caller's word, as above; NULL is looked for.
    let Some(call) = (unsafe { call.as_ref() }).filter(|_| !receipt.is_null()) else {
        return Status::InvalidArgument.number();
    };
    // A panic outside of a kernel is a defect of ours; it must not cross the boundary all the same.
    let called = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller's word, as above.
        unsafe { call_and_write(call, receipt) }
    }));
    called.unwrap_or_else(|_| {
        let text = "a defect of sidecar_inproc; report it";
        let failure = Failure::new(Reason::InternalError, text);
        // SAFETY: not NULL, and the caller's word says that it is room for a receipt.
        unsafe { write_failure(receipt, &failure) }
    })
}

/// # Safety
/// As [`sidecar_call`], and neither pointer is NULL.
#[inline]
unsafe fn call_and_write(call: &Call, receipt: *mut Receipt) -> u32 {
    // SAFETY: the caller's word says that the buffer is as long as it says.
    let payload = unsafe { bytes(call.request, call.request_len) };
    let (Some(payload), false) = (payload, call.reply.is_null() && call.reply_cap > 0) else {
        let text = "NULL where a buffer is needed";
        let failure = Failure::new(Reason::MalformedHeader, text);
        // SAFETY: not NULL, and room for a receipt.
        unsafe { clear(receipt) };
        // SAFETY: likewise.
        return unsafe { write_failure(receipt, &failure) };
    };
    let request = Request {
        kernel: call.kernel,
        codec: call.codec,
        payload,
        max_message: call.max_reply,
        deadline_ns: call.deadline_ns,
        // SAFETY: NULL is looked for; AtomicU32 has the layout of uint32_t, and the flag outlives the call.
        cancel: unsafe { call.cancel.cast::<AtomicU32>().as_ref() },
        stamps: call.stamps != 0,
    };
    REPLY.with_borrow_mut(|reply| {
        reply.clear();
        let answer = answer(&request, reply);
        // SAFETY: not NULL, and room for a receipt; the reply's buffer is as long as it says.
        unsafe { write_answer(call, receipt, &answer, reply) }
    })
}

/// # Safety
/// `receipt` is room for a receipt; `call.reply` has `call.reply_cap` bytes.
#[inline]
unsafe fn write_answer(
    call: &Call,
    receipt: *mut Receipt,
    answer: &Answer,
    reply: &mut Vec<u8>,
) -> u32 {
    // SAFETY: as above.
    unsafe { clear(receipt) };
    // SAFETY: as above; each field is written through its own pointer, so nothing uninitialised is read.
    unsafe {
        addr_of_mut!((*receipt).kernel_version).write(answer.kernel_version);
        addr_of_mut!((*receipt).stamps_ns).write(answer.stamps.to_array());
    }
    if let Err(failure) = &answer.outcome {
        // SAFETY: as above.
        return unsafe { write_failure(receipt, failure) };
    }
    // SAFETY: as above.
    unsafe {
        addr_of_mut!((*receipt).executed).write(Executed::Yes.number());
        addr_of_mut!((*receipt).reply_len).write(reply.len() as u64);
    }
    if reply.len() > call.reply_cap {
        // SAFETY: as above.
        unsafe { addr_of_mut!((*receipt).token).write(kept::keep(std::mem::take(reply))) };
    } else if !reply.is_empty() {
        // SAFETY: the reply fits, its buffer is the caller's and no part of ours.
        unsafe { ptr::copy_nonoverlapping(reply.as_ptr(), call.reply, reply.len()) };
    }
    Status::Ok.number()
}

/// Writes zeros to all but the text.
///
/// # Safety
/// `receipt` is room for a receipt.
#[inline]
unsafe fn clear(receipt: *mut Receipt) {
    const HEAD: usize = size_of::<Receipt>() - MESSAGE_BYTES;
    // SAFETY: as above; zeros are a value of every field.
    unsafe { ptr::write_bytes(receipt.cast::<u8>(), 0, HEAD) };
}

/// # Safety
/// `receipt` is room for a receipt.
#[cold]
unsafe fn write_failure(receipt: *mut Receipt, failure: &Failure) -> u32 {
    let text = failure.text(MESSAGE_BYTES);
    let status = failure.status().number();
    // SAFETY: as above; the text is cut to what fits.
    unsafe {
        addr_of_mut!((*receipt).status).write(status);
        addr_of_mut!((*receipt).reason).write(failure.reason.number());
        addr_of_mut!((*receipt).executed).write(failure.executed.number());
        // At most 176.
        addr_of_mut!((*receipt).message_len).write(u32::try_from(text.len()).unwrap_or(0));
        let message = addr_of_mut!((*receipt).message).cast::<u8>();
        ptr::copy_nonoverlapping(text.as_ptr(), message, text.len());
    }
    status
}

/// Copies a reply that was kept, and forgets it.
///
/// Returns OK; RESOURCE_EXHAUSTED when `reply_cap` is too small, with the length that it takes, and the reply stays;
/// INVALID_ARGUMENT for a NULL, or a token that is not kept.
///
/// # Safety
/// `reply` has `reply_cap` bytes, `reply_len` is a `size_t`; either may be NULL, which is refused.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub unsafe extern "C" fn sidecar_take(
    token: u64,
    reply: *mut u8,
    reply_cap: usize,
    reply_len: *mut usize,
) -> u32 {
    if reply.is_null() || reply_len.is_null() {
        return Status::InvalidArgument.number();
    }
    let found = catch_unwind(|| kept::take(token, reply_cap));
    let (status, length) = match &found {
        Ok(Ok(bytes)) => {
            // SAFETY: the reply fits, its buffer is the caller's and no part of ours.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), reply, bytes.len()) };
            (Status::Ok, bytes.len())
        }
        Ok(Err(0)) => (Status::InvalidArgument, 0),
        Ok(Err(length)) => (Status::ResourceExhausted, *length),
        Err(_) => (Status::Internal, 0),
    };
    // SAFETY: not NULL, and the caller's word says that it is a size_t.
    unsafe { reply_len.write(length) };
    status.number()
}

/// Forgets a reply that was kept.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub extern "C" fn sidecar_drop(token: u64) {
    // There is nobody to tell; the token goes when it is the oldest.
    let _ = catch_unwind(|| kept::drop_token(token));
}

/// Adds the kernels that misbehave, for a test host.
///
/// # Safety
/// `append_file` points to `append_file_len` bytes, or is NULL.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub unsafe extern "C" fn sidecar_enable_faults(
    append_file: *const u8,
    append_file_len: usize,
) -> u32 {
    // SAFETY: the caller's word, as above.
    let path = unsafe { bytes(append_file, append_file_len) };
    let path = path.filter(|_| !append_file.is_null());
    let path = path.map(|path| PathBuf::from(OsStr::from_bytes(path)));
    match catch_unwind(|| table::add_faults(path)) {
        Ok(Ok(())) => Status::Ok.number(),
        Ok(Err(_)) | Err(_) => Status::Internal.number(),
    }
}

/// The caller's bytes; `None` for NULL with a length.
///
/// # Safety
/// `start` is NULL or points to `length` bytes that nobody changes while the result is used.
#[inline]
unsafe fn bytes<'a>(start: *const u8, length: usize) -> Option<&'a [u8]> {
    match (start.is_null(), length) {
        (_, 0) => Some(&[]),
        (true, _) => None,
        // SAFETY: as above. A slice is at most isize::MAX long, so more than that is refused.
        (false, _) => isize::try_from(length)
            .ok()
            .map(|_| unsafe { slice::from_raw_parts(start, length) }),
    }
}

/// The bare crossing that the test bed holds the routes in process against: copies the request into the reply's buffer
/// and returns its length, without what a call carries.
///
/// # Safety
/// `request` and `reply` point to `length` bytes each and do not overlap; where `length` is 0 they may be NULL.
#[cfg_attr(feature = "export", unsafe(no_mangle))]
pub unsafe extern "C" fn sidecar_reference_echo(
    request: *const u8,
    length: usize,
    reply: *mut u8,
) -> usize {
    if length > 0 {
        // SAFETY: the caller's word, as above.
        unsafe { ptr::copy_nonoverlapping(request, reply, length) };
    }
    length
}
