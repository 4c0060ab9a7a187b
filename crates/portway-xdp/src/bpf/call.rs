//! The system call itself: the one place that passes memory to bpf(2).

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use super::abi::{
    ById, Command, LinkCreate, MapCreate, MapElement, Object, ObjectInformation, ProgramLoad,
};

/// How often a call that a signal interrupted is made again before its error is returned.
const INTERRUPTION_LIMIT: usize = 16;

/// A bpf(2) command that the kernel refused.
#[derive(Debug, thiserror::Error)]
#[error("the kernel refused to {doing}")]
pub(crate) struct Failure {
    /// What was to be done, as it reads behind "refused to".
    pub(crate) doing: &'static str,
    /// The kernel's answer.
    pub(crate) source: io::Error,
}

impl Failure {
    /// Returns the error number of the kernel's answer, 0 when it has none.
    pub(crate) fn errno(&self) -> i32 {
        self.source.raw_os_error().unwrap_or(0)
    }
}

/// A member of the union `bpf_attr`.
///
/// # Safety
///
/// The type is `repr(C)`, has no padding, and holds only integers, in the layout that the kernel reads for the
/// commands it is passed with.
pub(super) unsafe trait Attributes {}

// SAFETY: laid out as the kernel's structure, integers only, no padding: see each in `abi`.
unsafe impl Attributes for MapCreate {}
// SAFETY: as above.
unsafe impl Attributes for MapElement {}
// SAFETY: as above.
unsafe impl Attributes for ProgramLoad {}
// SAFETY: as above.
unsafe impl Attributes for Object {}
#[cfg(test)]
// SAFETY: as above.
unsafe impl Attributes for super::abi::TestRun {}
// SAFETY: as above.
unsafe impl Attributes for ObjectInformation {}
// SAFETY: as above.
unsafe impl Attributes for LinkCreate {}
// SAFETY: as above.
unsafe impl Attributes for ById {}

/// Makes the call and returns its result: a file descriptor for some commands, otherwise 0.
///
/// # Safety
///
/// Every address in `attributes` is of memory that lives and is large enough for what `command` reads or writes
/// there, and is not borrowed otherwise where it writes.
pub(super) unsafe fn bpf<A: Attributes>(
    command: Command,
    attributes: &mut A,
    doing: &'static str,
) -> Result<RawFd, Failure> {
    for _ in 0..INTERRUPTION_LIMIT {
        // SAFETY: `attributes` is a live structure of the size that is named; what it points to is the caller's word.
        let result = unsafe {
            libc::syscall(
                libc::SYS_bpf,
                command as libc::c_long,
                std::ptr::from_mut(attributes),
                size_of::<A>() as libc::c_long,
            )
        };
        if result >= 0 {
            // Descriptors are small non-negative integers: nothing is cut off.
            return Ok(result as RawFd);
        }
        let source = io::Error::last_os_error();
        // EAGAIN: the verifier was interrupted by a signal, as libbpf treats it too.
        let again = matches!(source.raw_os_error(), Some(libc::EINTR | libc::EAGAIN));
        if !again {
            return Err(Failure { doing, source });
        }
    }
    let source = io::Error::from_raw_os_error(libc::EINTR);
    Err(Failure { doing, source })
}

/// Makes a call whose result is a new file descriptor.
///
/// # Safety
///
/// As for [`bpf`], and `command` is one that returns a new descriptor.
pub(super) unsafe fn bpf_descriptor<A: Attributes>(
    command: Command,
    attributes: &mut A,
    doing: &'static str,
) -> Result<OwnedFd, Failure> {
    // SAFETY: the caller's word.
    let descriptor = unsafe { bpf(command, attributes, doing)? };
    // SAFETY: the kernel has just made this descriptor for us, close-on-exec; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Opens what the kernel knows by the number `id`: a program, a map or a link, as `command` says. Needs CAP_SYS_ADMIN.
pub(super) fn open_by_id(
    command: Command,
    id: u32,
    doing: &'static str,
) -> Result<OwnedFd, Failure> {
    debug_assert!(matches!(
        command,
        Command::ProgramById | Command::MapById | Command::LinkById
    ));
    let mut attributes = ById {
        id,
        ..Default::default()
    };
    // SAFETY: these commands read the structure alone, and return a new descriptor.
    unsafe { bpf_descriptor(command, &mut attributes, doing) }
}

/// Returns the address of `pointer` as the kernel takes it in `bpf_attr`.
pub(super) fn address<T>(pointer: *const T) -> u64 {
    pointer as usize as u64
}
