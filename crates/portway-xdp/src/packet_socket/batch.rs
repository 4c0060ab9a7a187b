//! The headers of a batch of messages, and the frames that the kernel fills.

use std::{io, os::fd::RawFd, ptr};

use super::tag::Tag;
use crate::memory::{Burst, Frame, FramePool};

/// Packets a system call. More save little: the call itself is then a small part of what its packets cost.
pub(super) const BATCH: usize = 64;

/// Room for one control message with what the kernel tells of a packet, aligned as the kernel writes it.
#[derive(Debug, Clone, Copy)]
#[repr(align(8))]
struct Control([u8; CONTROL]);

// SAFETY: the macro computes with sizes only.
const CONTROL: usize =
    unsafe { libc::CMSG_SPACE(size_of::<libc::tpacket_auxdata>() as u32) } as usize;

/// What a message header points to is set right before each call and read by nobody after it.
pub(super) struct Batch {
    headers: Box<[libc::mmsghdr; BATCH]>,
    parts: Box<[libc::iovec; BATCH]>,
    controls: Box<[Control; BATCH]>,
    /// Empty frames for the packets that come.
    frames: Vec<Frame>,
}

// SAFETY: the pointers in it are dead between calls (see above); everything they pointed to is owned here or was
// borrowed for the call.
unsafe impl Send for Batch {}

impl std::fmt::Debug for Batch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut structure = formatter.debug_struct("Batch");
        structure.field("frames", &self.frames.len()).finish()
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
            controls: Box::new([Control([0; CONTROL]); BATCH]),
            frames: Vec::with_capacity(BATCH),
        }
    }

    /// Makes up to `wanted` empty frames ready and returns how many there are.
    pub(super) fn prepare(&mut self, pool: &mut FramePool, wanted: usize) -> usize {
        while self.frames.len() < wanted {
            let Some(frame) = pool.take() else {
                break;
            };
            self.frames.push(frame);
        }
        self.frames.len().min(wanted)
    }

    /// Receives into the first `ready` frames and returns into how many.
    pub(super) fn receive(&mut self, descriptor: RawFd, ready: usize) -> io::Result<usize> {
        for number in 0..ready {
            let room = self.frames[number].room_mut();
            self.parts[number] = libc::iovec {
                iov_base: room.as_mut_ptr().cast(),
                iov_len: room.len(),
            };
            let header = &mut self.headers[number].msg_hdr;
            header.msg_iov = &raw mut self.parts[number];
            header.msg_iovlen = 1;
            header.msg_control = self.controls[number].0.as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
            header.msg_flags = 0;
        }
        // SAFETY: `ready` headers were set just now; each names memory of its own frame and its own control buffer, which
        // live in `self`, are borrowed uniquely, and are touched by nobody during the call.
        let count = unsafe {
            libc::recvmmsg(
                descriptor,
                self.headers.as_mut_ptr(),
                ready as u32,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        super::check(count).map(|count| count as usize)
    }

    /// Appends the first `count` frames to the burst and returns how many packets were too long for theirs.
    pub(super) fn hand_out(
        &mut self,
        count: usize,
        burst: &mut Burst,
        pool: &mut FramePool,
    ) -> usize {
        let mut too_long = 0;
        for (number, mut frame) in self.frames.drain(..count).enumerate() {
            let header = &self.headers[number];
            let cut = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            let complete = !cut
                && frame.set_len(header.msg_len as usize).is_ok()
                && told(&header.msg_hdr, &self.controls[number])
                    .and_then(|told| Tag::of(&told))
                    .is_none_or(|tag| tag.restore(&mut frame).is_ok());
            if complete {
                // No more were made ready than the burst has room for.
                let _ = burst.push(frame);
            } else {
                too_long += 1;
                pool.give(frame);
            }
        }
        too_long
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

/// What the kernel told of a packet, where it did.
fn told(header: &libc::msghdr, control: &Control) -> Option<libc::tpacket_auxdata> {
    let needed = CONTROL_HEADER + size_of::<libc::tpacket_auxdata>();
    if header.msg_controllen < needed as _ {
        return None;
    }
    // SAFETY: the control buffer is aligned for a control header and longer than one, and the kernel has written one.
    let first = unsafe { ptr::read(control.0.as_ptr().cast::<libc::cmsghdr>()) };
    if (first.cmsg_level, first.cmsg_type) != (libc::SOL_PACKET, libc::PACKET_AUXDATA) {
        return None;
    }
    let data = &control.0[CONTROL_HEADER..][..size_of::<libc::tpacket_auxdata>()];
    // SAFETY: there are as many bytes as the structure has, which is made of integers.
    Some(unsafe { ptr::read_unaligned(data.as_ptr().cast()) })
}

// SAFETY: the macro computes with sizes only.
const CONTROL_HEADER: usize = unsafe { libc::CMSG_LEN(0) } as usize;
