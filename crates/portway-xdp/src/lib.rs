//! AF_XDP in safe Rust: packet memory, rings and sockets, with no C underneath.
//!
//! This is the only crate of Portway with `unsafe` code towards the kernel. No public function is `unsafe`, and
//! every `unsafe` block has its reason beside it. How a frame's memory stays valid is told in one place, at the
//! top of `memory/store.rs`.
//!
//! Linux only; elsewhere the crate is empty.
#![doc = include_str!("../README.md")]
#![cfg(target_os = "linux")]

mod bpf;
pub mod device_plugin;
mod features;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod kernel;
mod memory;
mod netlink;
mod packet_socket;
pub mod program;
mod ring;
mod socket;

pub use features::SendFeatures;
pub use memory::{
    Burst, DEFAULT_HEADROOM, Drain, Frame, FramePool, FrameReceiver, FrameSender, MAXIMUM_BURST,
    MAXIMUM_CHUNK_SIZE, MINIMUM_CHUNK_SIZE, OutOfRoom, PageSize, Region, RegionBuilder,
    RegionError, RequestError, frame_queue,
};
pub use packet_socket::{PacketSocket, PacketSocketError, Received};
pub use socket::{
    BusyPoll, Copying, KernelStatistics, Receiver, ReceiverStatistics, Sender, SenderStatistics,
    Socket, SocketBuilder, SocketError, TimeStamp, Wakeup,
};
