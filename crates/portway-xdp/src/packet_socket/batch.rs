//! The headers of a batch of messages that are sent together.

use std::{io, os::fd::RawFd, ptr};

use crate::memory::Frame;

/// Packets a system call. More save little: the call itself is then a small part of what its packets cost.
pub(super) const BATCH: usize = 64;

/// What a message header points to is set right before each call and read by nobody after it.
pub(super) struct Batch {
    headers: Box<[libc::mmsghdr; BATCH]>,
    parts: Box<[libc::iovec; BATCH]>,
}

// SAFETY: the pointers in it are dead between calls (see above); everything they pointed to is owned here or was
// borrowed for the call.
unsafe impl Send for Batch {}

impl std::fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Batch").finish_non_exhaustive()
    }
}

impl Batch {
    pub(super) fn new() -> Self {
        let header = libc::mmsghdr {
            // SAFETY: a message header of zeros is a valid one without anything.
            msg_hdr: unsafe { std::mem::zeroed() },
            msg_len: 0,
        };
        let part = libc::iovec {
            iov_base: ptr::null_mut(),
            iov_len: 0,
        };
        Self {
            headers: Box::new([header; BATCH]),
            parts: Box::new([part; BATCH]),
        }
    }

    /// Sends packets, at most [`BATCH`], and returns how many went.
    pub(super) fn send(&mut self, descriptor: RawFd, frames: &[Frame]) -> io::Result<usize> {
        let count = frames.len().min(BATCH);
        for (number, frame) in frames[..count].iter().enumerate() {
            self.parts[number] = libc::iovec {
                iov_base: frame.as_ptr().cast_mut().cast(),
                iov_len: frame.len(),
            };
            let header = &mut self.headers[number].msg_hdr;
            header.msg_iov = &raw mut self.parts[number];
            header.msg_iovlen = 1;
            header.msg_control = ptr::null_mut();
            header.msg_controllen = 0;
            header.msg_flags = 0;
        }
        // SAFETY: `count` headers were set just now; each names the bytes of a frame that is borrowed for the call. The kernel
        // only reads them.
        let sent = unsafe {
            libc::sendmmsg(
                descriptor,
                self.headers.as_mut_ptr(),
                count as u32,
                libc::MSG_DONTWAIT,
            )
        };
        super::check(sent).map(|sent| sent as usize)
    }
}
