//! A range of zeroed memory that starts at a page, from the system; from the heap under Miri.

use std::io;
use std::os::fd::RawFd;
use std::ptr::NonNull;

/// The pages that a region's memory is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PageSize {
    /// The system's ordinary pages, 4 KiB on x86-64. They need no preparation.
    #[default]
    Ordinary,
    /// Huge pages of 2 MiB: fewer misses of the address cache. The administrator reserves them.
    Huge2M,
    /// Huge pages of 1 GiB. The administrator reserves them, often only possible at boot.
    Huge1G,
}

impl PageSize {
    /// Returns the size of one page in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Ordinary => ordinary_page_size(),
            Self::Huge2M => 2 << 20,
            Self::Huge1G => 1 << 30,
        }
    }

    #[cfg(not(miri))]
    fn flags(self) -> libc::c_int {
        match self {
            Self::Ordinary => 0,
            Self::Huge2M => libc::MAP_HUGETLB | libc::MAP_HUGE_2MB,
            Self::Huge1G => libc::MAP_HUGETLB | libc::MAP_HUGE_1GB,
        }
    }
}

fn ordinary_page_size() -> usize {
    // SAFETY: sysconf reads a constant of the system and touches no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

/// Zeroed memory, owned: given back to the system on drop.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    length: usize,
}

// SAFETY: a mapping is plain memory that belongs to no thread; who may touch which part of it is the
// business of the store of frames.
unsafe impl Send for Mapping {}
// SAFETY: a shared mapping gives away only its address and its length.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Returns the length in bytes, a multiple of the page.
    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

#[cfg(not(miri))]
impl Mapping {
    /// Maps at least `length` zeroed bytes of whole pages.
    pub(crate) fn new(length: usize, page: PageSize) -> io::Result<Self> {
        let length = length
            .checked_next_multiple_of(page.bytes())
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | page.flags();
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory that exists.
        let address = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(address.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, length })
    }

    /// Maps `length` bytes of a socket's rings, which the socket keeps at `offset`.
    pub(crate) fn of_socket(socket: RawFd, length: usize, offset: i64) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
        let nowhere = std::ptr::null_mut();
        // SAFETY: a mapping at an address of the kernel's choice touches no memory that exists.
        let address = unsafe { libc::mmap(nowhere, length, protection, flags, socket, offset) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(address.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, length })
    }
}

#[cfg(not(miri))]
impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped. Pages that the kernel pinned for a socket live on until it lets go
        // of them, so that a device never writes to memory that has become another's.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.length) };
    }
}

#[cfg(miri)]
impl Mapping {
    pub(crate) fn new(length: usize, page: PageSize) -> io::Result<Self> {
        let length = length.next_multiple_of(page.bytes());
        // SAFETY: the length is a page or more, never zero.
        let address = unsafe { std::alloc::alloc_zeroed(Self::layout(length)) };
        let base = NonNull::new(address).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, length })
    }

    pub(crate) fn of_socket(_socket: RawFd, _length: usize, _offset: i64) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn layout(length: usize) -> std::alloc::Layout {
        std::alloc::Layout::from_size_align(length, 4096).expect("a region fits into memory")
    }
}

#[cfg(miri)]
impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` allocated, with the same layout.
        unsafe { std::alloc::dealloc(self.base.as_ptr(), Self::layout(self.length)) };
    }
}
