//! The ring that the kernel puts received packets into (`PACKET_RX_RING`, version 2), and no system call for any of them.

use std::{
    io,
    os::fd::RawFd,
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{check, tag::Tag};
use crate::memory::Mapping;

/// Memory of the kernel's for packets that wait: some 2000 of the usual ones.
const BYTES: usize = 4 << 20;
/// What the kernel allocates together; a multiple of any page.
const LEAST_BLOCK: usize = 64 << 10;
/// Before the packet: its header, an address, and the room that the kernel leaves to align.
const OVERHEAD: usize = 96;
const VERSION_2: libc::c_int = 1;

/// The reading end of the ring.
#[derive(Debug)]
pub(super) struct ReceiveRing {
    memory: Mapping,
    place_size: usize,
    places: usize,
    next: usize,
}

/// A packet that lies in the ring, whose place is given back with this.
#[derive(Debug)]
pub(super) struct Waiting<'ring> {
    ring: &'ring mut ReceiveRing,
    header: libc::tpacket2_hdr,
}

impl ReceiveRing {
    /// Makes the kernel put packets of up to `longest` bytes into a ring, from now on.
    pub(super) fn open(socket: RawFd, longest: usize) -> io::Result<Self> {
        let place_size = (longest + OVERHEAD).next_power_of_two();
        let block = place_size.max(LEAST_BLOCK);
        let blocks = (BYTES / block).max(2);
        let places = blocks * (block / place_size);
        let request = libc::tpacket_req {
            tp_block_size: block as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: place_size as u32,
            tp_frame_nr: places as u32,
        };
        set(socket, libc::PACKET_VERSION, &VERSION_2)?;
        set(socket, libc::PACKET_RX_RING, &request)?;
        Ok(Self {
            memory: Mapping::of_socket(socket, block * blocks, 0)?,
            place_size,
            places,
            next: 0,
        })
    }

    /// Returns the packet that has waited longest.
    pub(super) fn first(&mut self) -> Option<Waiting<'_>> {
        // Acquire: the packet and its header are read after the word that says they are there.
        if self.status().load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: a place begins with a header, which is made of integers, and is ours until its status is written.
        let header = unsafe { ptr::read(self.place().cast::<libc::tpacket2_hdr>()) };
        Some(Waiting { ring: self, header })
    }

    fn place(&self) -> *mut u8 {
        // SAFETY: the number is below that of the places, all of which lie in the mapping.
        unsafe { self.memory.base().as_ptr().add(self.next * self.place_size) }
    }

    /// The word by which kernel and program hand the place to each other.
    fn status(&self) -> &AtomicU32 {
        // SAFETY: a place begins with this word, aligned, and lives as long as the mapping.
        unsafe { AtomicU32::from_ptr(self.place().cast()) }
    }
}

impl Waiting<'_> {
    /// The packet; none where it was longer than its place, or the kernel names bytes outside of it.
    pub(super) fn packet(&self) -> Option<&[u8]> {
        let (start, length) = (usize::from(self.header.tp_mac), self.header.tp_snaplen);
        let is_whole =
            length == self.header.tp_len && start + length as usize <= self.ring.place_size;
        // SAFETY: the bytes lie in the place, which the kernel leaves alone until its status is written.
        is_whole.then(|| unsafe {
            std::slice::from_raw_parts(self.ring.place().add(start), length as usize)
        })
    }

    /// Leaves it where it is, for the next time.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }

    /// The VLAN tag that the kernel has taken out of it.
    pub(super) fn tag(&self) -> Option<Tag> {
        let header = &self.header;
        Tag::of(header.tp_status, header.tp_vlan_tpid, header.tp_vlan_tci)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Release: the packet was read before its place is given back.
        let status = self.ring.status();
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.ring.next = (self.ring.next + 1) % self.ring.places;
    }
}

fn set<Value>(socket: RawFd, option: libc::c_int, value: &Value) -> io::Result<()> {
    let length = size_of::<Value>() as libc::socklen_t;
    let value = ptr::from_ref(value).cast();
    // SAFETY: the kernel reads as many bytes of the value as it has.
    check(unsafe { libc::setsockopt(socket, libc::SOL_PACKET, option, value, length) }).map(drop)
}
