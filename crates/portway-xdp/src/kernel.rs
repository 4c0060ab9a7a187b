//! What Linux defines for AF_XDP, from `include/uapi/linux/if_xdp.h` unless said otherwise.
//!
//! Here rather than from `libc`, whose set differs between C libraries.

use libc::c_int;

/// `include/linux/socket.h`.
pub(crate) const AF_XDP: c_int = 44;
pub(crate) const SOL_XDP: c_int = 283;

/// `include/uapi/asm-generic/socket.h`: busy polling.
pub(crate) const SO_BUSY_POLL: c_int = 46;
pub(crate) const SO_PREFER_BUSY_POLL: c_int = 69;
pub(crate) const SO_BUSY_POLL_BUDGET: c_int = 70;

/// Options of a socket.
pub(crate) const XDP_MMAP_OFFSETS: c_int = 1;
pub(crate) const XDP_RX_RING: c_int = 2;
pub(crate) const XDP_TX_RING: c_int = 3;
pub(crate) const XDP_UMEM_REG: c_int = 4;
pub(crate) const XDP_UMEM_FILL_RING: c_int = 5;
pub(crate) const XDP_UMEM_COMPLETION_RING: c_int = 6;
pub(crate) const XDP_STATISTICS: c_int = 7;
pub(crate) const XDP_OPTIONS: c_int = 8;
/// Since Linux 6.17: how many frames one call sends in copy mode, instead of 32.
pub(crate) const XDP_MAX_TX_SKB_BUDGET: c_int = 9;

/// Flags of `bind`.
pub(crate) const XDP_SHARED_UMEM: u16 = 1 << 0;
pub(crate) const XDP_COPY: u16 = 1 << 1;
pub(crate) const XDP_ZEROCOPY: u16 = 1 << 2;
pub(crate) const XDP_USE_NEED_WAKEUP: u16 = 1 << 3;
pub(crate) const XDP_USE_SG: u16 = 1 << 4;

/// Flag of a UMEM: a packet may begin anywhere.
pub(crate) const XDP_UMEM_UNALIGNED_CHUNK_FLAG: u32 = 1 << 0;
/// Flags of a UMEM, since Linux 6.11: metadata with packets to send; checksums by the kernel itself, in copy mode.
pub(crate) const XDP_UMEM_TX_SW_CSUM: u32 = 1 << 1;
pub(crate) const XDP_UMEM_TX_METADATA_LEN: u32 = 1 << 2;
/// The length of `struct xsk_tx_metadata`, which lies right before a packet to send.
pub(crate) const SEND_METADATA_LENGTH: usize = 24;
/// In unaligned mode an address carries the offset of the packet above its 48 bits.
pub(crate) const UNALIGNED_OFFSET_SHIFT: u32 = 48;
/// The smallest chunk of a UMEM (`XDP_UMEM_MIN_CHUNK_SIZE` in `include/net/xdp_sock.h`); the largest is a page.
pub(crate) const MINIMUM_UMEM_CHUNK: usize = 2048;
/// What the kernel leaves before a received packet (`XDP_PACKET_HEADROOM` in `include/uapi/linux/bpf.h`).
pub(crate) const PACKET_HEADROOM: u32 = 256;

/// Flag of a ring: its consumer sleeps and wants a system call.
pub(crate) const XDP_RING_NEED_WAKEUP: u32 = 1 << 0;
/// Answer of `XDP_OPTIONS`.
pub(crate) const XDP_OPTIONS_ZEROCOPY: u32 = 1 << 0;
/// Option of a descriptor: the packet goes on in the next one.
pub(crate) const XDP_PKT_CONTD: u32 = 1 << 0;
/// Option of a descriptor: something is asked with the packet.
pub(crate) const XDP_TX_METADATA: u32 = 1 << 1;

/// Where in the file of the socket each ring is mapped.
pub(crate) const RX_RING_OFFSET: i64 = 0;
pub(crate) const TX_RING_OFFSET: i64 = 0x8000_0000;
pub(crate) const FILL_RING_OFFSET: i64 = 0x1_0000_0000;
pub(crate) const COMPLETION_RING_OFFSET: i64 = 0x1_8000_0000;

/// `struct sockaddr_xdp`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) family: u16,
    pub(crate) flags: u16,
    pub(crate) interface: u32,
    pub(crate) queue: u32,
    pub(crate) shared_descriptor: u32,
}

/// `struct xdp_umem_reg`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct UmemRegistration {
    pub(crate) address: u64,
    pub(crate) length: u64,
    pub(crate) chunk_size: u32,
    pub(crate) headroom: u32,
    pub(crate) flags: u32,
    pub(crate) metadata_length: u32,
}

/// `struct xdp_ring_offset`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RingOffsets {
    pub(crate) producer: u64,
    pub(crate) consumer: u64,
    pub(crate) entries: u64,
    pub(crate) flags: u64,
}

/// `struct xdp_mmap_offsets`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MapOffsets {
    pub(crate) receive: RingOffsets,
    pub(crate) send: RingOffsets,
    pub(crate) fill: RingOffsets,
    pub(crate) completion: RingOffsets,
}

/// `struct xdp_desc`: one entry of the receive and the send ring.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) address: u64,
    pub(crate) length: u32,
    pub(crate) options: u32,
}

/// `struct xdp_statistics`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statistics {
    pub(crate) receive_dropped: u64,
    pub(crate) receive_invalid: u64,
    pub(crate) send_invalid: u64,
    pub(crate) receive_ring_full: u64,
    pub(crate) fill_ring_empty: u64,
    pub(crate) send_ring_empty: u64,
}
