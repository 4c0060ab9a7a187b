//! An AF_XDP socket by hand: as few instructions a frame as can be, no ownership, no statistics.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{device::index, system::checked};

const AF_XDP: i32 = 44;
const SOL_XDP: i32 = 283;
const MAP_OFFSETS: i32 = 1;
const RECEIVE_RING: i32 = 2;
const SEND_RING: i32 = 3;
const UMEM: i32 = 4;
const FILL_RING: i32 = 5;
const COMPLETION_RING: i32 = 6;
/// Since Linux 6.17: how many frames one call sends in copy mode, instead of 32.
const SEND_BUDGET: i32 = 9;
const COPY_AND_NEED_WAKEUP: u16 = 1 << 1 | 1 << 3;
const NEEDS_WAKEUP: u32 = 1;

const CHUNK: u64 = 2048;
const RING: u32 = 1024;
const CHUNKS: u64 = 4096;
const MEMORY: usize = (CHUNK * CHUNKS) as usize;

/// One entry of the receive and the send ring.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Descriptor {
    /// Where the packet lies in the memory.
    pub address: u64,
    /// Its length.
    pub length: u32,
    options: u32,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Offsets {
    producer: u64,
    consumer: u64,
    entries: u64,
    flags: u64,
}

/// A socket on the first queue of an interface, with its memory.
#[derive(Debug)]
pub struct Rings {
    socket: OwnedFd,
    memory: NonNull<u8>,
    /// What was received.
    pub receive: Ring<Descriptor>,
    /// What is to be sent.
    pub send: Ring<Descriptor>,
    /// Chunks to receive into.
    pub fill: Ring<u64>,
    /// Chunks that were sent.
    pub completion: Ring<u64>,
}

/// A ring that is shared with the kernel.
#[derive(Debug)]
pub struct Ring<Entry> {
    producer: *const AtomicU32,
    consumer: *const AtomicU32,
    flags: *const AtomicU32,
    entries: *mut Entry,
    /// Our own cursor, which the kernel is told by `publish`.
    cursor: u32,
}

impl Rings {
    /// Opens it in copy mode, with every second chunk in the fill ring; the others are to send.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn open(interface: &str) -> io::Result<Self> {
        // SAFETY: the call takes numbers only.
        let socket = checked(unsafe { libc::socket(AF_XDP, libc::SOCK_RAW, 0) })?;
        // SAFETY: the descriptor is new and nobody else's.
        let socket = unsafe { OwnedFd::from_raw_fd(socket as i32) };
        let raw = socket.as_raw_fd();
        let memory = map(-1, MEMORY, 0, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)?;
        set(
            raw,
            UMEM,
            &[memory.as_ptr() as u64, MEMORY as u64, CHUNK, 0],
        )?;
        for ring in [FILL_RING, COMPLETION_RING, RECEIVE_RING, SEND_RING] {
            set(raw, ring, &RING)?;
        }
        // An older kernel does not know it.
        let _ = set(raw, SEND_BUDGET, &256_u32);
        let [receive, send, fill, completion] = offsets(raw)?;
        let mut rings = Self {
            receive: Ring::map(raw, &receive, 0)?,
            send: Ring::map(raw, &send, 0x8000_0000)?,
            fill: Ring::map(raw, &fill, 0x1_0000_0000)?,
            completion: Ring::map(raw, &completion, 0x1_8000_0000)?,
            memory,
            socket,
        };
        for chunk in 0..RING {
            rings.fill.put(u64::from(chunk) * CHUNK);
        }
        rings.fill.publish();
        bind(raw, index(interface)?)?;
        Ok(rings)
    }

    /// The bytes of a packet.
    #[inline]
    pub fn packet(&mut self, descriptor: Descriptor) -> &mut [u8] {
        // SAFETY: the kernel named it, within the memory, and has no use for it before it is given back.
        unsafe {
            let first = self.memory.add(descriptor.address as usize);
            std::slice::from_raw_parts_mut(first.as_ptr(), descriptor.length as usize)
        }
    }

    /// Makes the kernel send what is in the send ring, all of it.
    #[inline]
    pub fn kick(&mut self) {
        while self.send.flags() & NEEDS_WAKEUP != 0 && self.send.waiting() > 0 {
            // SAFETY: no memory is given.
            let sent = unsafe {
                libc::sendto(
                    self.raw(),
                    ptr::null(),
                    0,
                    libc::MSG_DONTWAIT,
                    ptr::null(),
                    0,
                )
            };
            if sent >= 0 {
                return;
            }
            // The kernel may lack room for completions.
            self.recycle();
        }
    }

    /// Gives sent chunks back to be filled.
    #[inline]
    pub fn recycle(&mut self) {
        for _ in 0..self.completion.readable() {
            let chunk = self.completion.take();
            self.fill.put(chunk & !(CHUNK - 1));
        }
        self.completion.release();
        self.fill.publish();
    }

    /// The descriptor.
    pub fn raw(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl<Entry: Copy> Ring<Entry> {
    fn map(socket: RawFd, offsets: &Offsets, place: i64) -> io::Result<Self> {
        let length = offsets.entries as usize + RING as usize * size_of::<Entry>();
        let base = map(socket, length, place, libc::MAP_SHARED | libc::MAP_POPULATE)?;
        // SAFETY: the kernel says that the ring lies at these offsets of what was just mapped, which stays mapped.
        let at = |offset: u64| unsafe { base.as_ptr().add(offset as usize) };
        Ok(Self {
            producer: at(offsets.producer).cast(),
            consumer: at(offsets.consumer).cast(),
            flags: at(offsets.flags).cast(),
            entries: at(offsets.entries).cast(),
            cursor: 0,
        })
    }

    /// How many entries the kernel has written and nobody read.
    #[inline]
    pub fn readable(&self) -> u32 {
        // SAFETY: mapped for as long as the process lives.
        let produced = unsafe { &*self.producer }.load(Ordering::Acquire);
        produced.wrapping_sub(self.cursor)
    }

    /// Reads the next entry, which is there.
    #[inline]
    pub fn take(&mut self) -> Entry {
        let entry = self.place();
        self.cursor = self.cursor.wrapping_add(1);
        // SAFETY: a place within the ring.
        unsafe { entry.read() }
    }

    /// Writes the next entry, for which there is room.
    #[inline]
    pub fn put(&mut self, entry: Entry) {
        let place = self.place();
        self.cursor = self.cursor.wrapping_add(1);
        // SAFETY: a place within the ring.
        unsafe { place.write(entry) };
    }

    /// Shows the kernel what was written.
    #[inline]
    pub fn publish(&self) {
        // SAFETY: as in `readable`.
        unsafe { &*self.producer }.store(self.cursor, Ordering::Release);
    }

    /// Gives the kernel the places that were read.
    #[inline]
    pub fn release(&self) {
        // SAFETY: as in `readable`.
        unsafe { &*self.consumer }.store(self.cursor, Ordering::Release);
    }

    /// How many entries the kernel has not taken yet.
    #[inline]
    pub fn waiting(&self) -> u32 {
        // SAFETY: as in `readable`.
        let consumed = unsafe { &*self.consumer }.load(Ordering::Acquire);
        self.cursor.wrapping_sub(consumed)
    }

    #[inline]
    fn flags(&self) -> u32 {
        // SAFETY: as in `readable`.
        unsafe { &*self.flags }.load(Ordering::Relaxed)
    }

    #[inline]
    fn place(&self) -> *mut Entry {
        // SAFETY: below the size of the ring.
        unsafe { self.entries.add((self.cursor & (RING - 1)) as usize) }
    }
}

fn map(socket: RawFd, length: usize, place: i64, flags: i32) -> io::Result<NonNull<u8>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a mapping at an address of the kernel's choice touches no memory that exists.
    let base = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, socket, place) };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(base.cast()).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

fn set<Value>(socket: RawFd, option: i32, value: &Value) -> io::Result<()> {
    let length = size_of::<Value>() as u32;
    // SAFETY: the kernel reads as many bytes as the value has.
    let answer =
        unsafe { libc::setsockopt(socket, SOL_XDP, option, ptr::from_ref(value).cast(), length) };
    checked(answer).map(drop)
}

fn offsets(socket: RawFd) -> io::Result<[Offsets; 4]> {
    let mut offsets = [Offsets::default(); 4];
    let mut length = size_of_val(&offsets) as u32;
    // SAFETY: the kernel writes no more bytes than the array has.
    let answer = unsafe {
        libc::getsockopt(
            socket,
            SOL_XDP,
            MAP_OFFSETS,
            offsets.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    checked(answer).map(|_| offsets)
}

fn bind(socket: RawFd, interface: u32) -> io::Result<()> {
    #[repr(C)]
    struct Address {
        family: u16,
        flags: u16,
        interface: u32,
        queue: u32,
        shared: u32,
    }
    let address = Address {
        family: AF_XDP as u16,
        flags: COPY_AND_NEED_WAKEUP,
        interface,
        queue: 0,
        shared: 0,
    };
    // SAFETY: the kernel reads as many bytes as the address has.
    let answer = unsafe {
        libc::bind(
            socket,
            (&raw const address).cast(),
            size_of::<Address>() as u32,
        )
    };
    checked(answer).map(drop)
}
