//! What can go wrong with packet memory.

use std::io;

use super::{MAXIMUM_CHUNK_SIZE, MINIMUM_CHUNK_SIZE};

/// Why a region could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// The size of a chunk is outside of what a region can be cut into.
    #[error(
        "a chunk of {size} bytes is not possible: choose {MINIMUM_CHUNK_SIZE} to {MAXIMUM_CHUNK_SIZE} (2048 or 4096 for AF_XDP)"
    )]
    ChunkSize {
        /// The size asked for, in bytes.
        size: usize,
    },
    /// A region has no chunk, or more than an index of 32 bits can name.
    #[error("a region of {count} chunks is not possible: choose 1 to {}", u32::MAX)]
    ChunkCount {
        /// The count asked for.
        count: usize,
    },
    /// The headroom leaves no byte for the packet.
    #[error(
        "a headroom of {headroom} bytes leaves no room for a packet in a chunk of {chunk_size} bytes: choose less"
    )]
    Headroom {
        /// The headroom asked for, in bytes.
        headroom: usize,
        /// The size of a chunk, in bytes.
        chunk_size: usize,
    },
    /// The system has too few free huge pages.
    #[error(
        "the system has no {needed} free huge pages of {page_kilobytes} kB: write their number to /sys/kernel/mm/hugepages/hugepages-{page_kilobytes}kB/nr_hugepages, or use ordinary pages"
    )]
    HugePages {
        /// How many pages the region takes.
        needed: usize,
        /// The size of one page, in units of 1024 bytes.
        page_kilobytes: usize,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no memory.
    #[error("the system gave no {length} bytes of memory: make the region smaller or free memory")]
    Memory {
        /// The length asked for, in bytes.
        length: usize,
        /// What the system said.
        source: io::Error,
    },
}

/// Why bytes did not fit into a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed} bytes do not fit: the frame has room for {room}")]
pub struct OutOfRoom {
    /// How many bytes were to be placed.
    pub needed: usize,
    /// For how many bytes there is room.
    pub room: usize,
}
