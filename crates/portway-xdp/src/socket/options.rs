//! Typed `setsockopt` and `getsockopt`.

use std::io;
use std::mem::size_of;
use std::os::fd::RawFd;

use crate::kernel::SOL_XDP;

/// Sets an option of AF_XDP.
pub(super) fn set<T>(socket: RawFd, option: libc::c_int, value: &T) -> io::Result<()> {
    set_at(socket, SOL_XDP, option, value)
}

/// Sets an option of any level.
pub(super) fn set_at<T>(
    socket: RawFd,
    level: libc::c_int,
    option: libc::c_int,
    value: &T,
) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel reads as many bytes of the value as it has.
    let answer = unsafe {
        libc::setsockopt(
            socket,
            level,
            option,
            std::ptr::from_ref(value).cast(),
            length,
        )
    };
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Reads an option of AF_XDP; what an older kernel does not know stays as it is.
///
/// `T` is one of the structures of `kernel`: integers only, so that any bytes are a value.
pub(super) fn read<T: Copy>(socket: RawFd, option: libc::c_int, value: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    let target = std::ptr::from_mut(value).cast();
    // SAFETY: the kernel writes at most `length` bytes, the size of the value.
    let answer = unsafe { libc::getsockopt(socket, SOL_XDP, option, target, &mut length) };
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
