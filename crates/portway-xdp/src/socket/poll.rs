//! Waiting for a descriptor.

use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// Waits until the descriptor can be read or the time is over, and returns whether it can be. An interrupting signal
/// ends the wait like the time.
pub(super) fn readable(descriptor: RawFd, limit: Duration) -> io::Result<bool> {
    let mut asked = libc::pollfd {
        fd: descriptor,
        events: libc::POLLIN,
        revents: 0,
    };
    // Rounded up, so that a short limit does not become a busy loop.
    let milliseconds = limit
        .as_micros()
        .div_ceil(1000)
        .try_into()
        .unwrap_or(i32::MAX);
    // SAFETY: one structure is given and said to be one.
    let answer = unsafe { libc::poll(&mut asked, 1, milliseconds) };
    if answer >= 0 {
        return Ok(asked.revents & libc::POLLIN != 0);
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted {
        Ok(false)
    } else {
        Err(error)
    }
}
