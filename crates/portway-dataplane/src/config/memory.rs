//! Packet memory: the section `umems`.

use portway_xdp::PageSize;

use super::Span;

/// The smallest ring that AF_XDP sockets are opened with, in entries.
const LEAST_RING: u32 = 64;

/// Packet memory that lports share: an entry of `umems`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Umem {
    /// The name by which lports ask for it.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// What it is for.
    pub description: Option<String>,
    /// Bytes of one buffer (`bufsz`, given in KiB).
    pub buffer_size: usize,
    /// Buffers in each of its regions (`regions`, given in units of 1024); never empty, and their sum is at most
    /// [`buffers`](Self::buffers).
    pub regions: Vec<usize>,
    /// Buffers of the whole (`bufcnt`, given in units of 1024).
    pub buffers: usize,
    /// The pages that it is made of (`mtype`).
    pub pages: PageSize,
    /// Entries of each lport's receive ring (`rxdesc`, given in units of 1024), a power of two.
    pub receive_ring: u32,
    /// Entries of each lport's send ring (`txdesc`, given in units of 1024), a power of two.
    pub send_ring: u32,
    /// Whether all lports are sockets of one memory (`shared_umem`). Here they always are, as far as their options
    /// allow it.
    pub shared: bool,
}

impl Umem {
    /// Bytes of the whole.
    pub fn bytes(&self) -> u64 {
        self.buffers as u64 * self.buffer_size as u64
    }

    /// Buffers that each of `lports` AF_XDP lports lends to the kernel to receive into: as many as its receive ring has
    /// entries, or less where half of the memory would not be enough for all; the other half is for what is worked on and
    /// sent. None where there are too few for that, too.
    pub fn fill_ring(&self, lports: usize) -> Option<u32> {
        fill_ring(self.buffers, lports, self.receive_ring)
    }
}

/// The entries of a fill ring where so many buffers are for so many lports.
pub(crate) fn fill_ring(buffers: usize, lports: usize, receive_ring: u32) -> Option<u32> {
    let share = buffers / 2 / lports.max(1);
    let share = u32::try_from(share).unwrap_or(u32::MAX).min(receive_ring);
    (share >= LEAST_RING).then(|| 1 << share.ilog2())
}
