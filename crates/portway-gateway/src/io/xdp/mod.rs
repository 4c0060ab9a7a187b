//! AF_XDP as outer side, inner side, or both.
//!
//! Each queue has a thread of its own. Where both sides are on AF_XDP a packet is opened or sealed in the frame that it
//! came in, and leaves in it: the threads ask the shared worker for decisions about a burst at a time, and hold nothing
//! of it while they encrypt or call the system. Everything else (handshakes, packets that wait for a session, other inner
//! sides) goes through the worker as if it had come from a socket, by a copy.
//!
//! What cannot go by AF_XDP goes by the kernel's UDP socket, which stays open: fragments and extension headers come there,
//! messages longer than the path's MTU and those to unresolved neighbours leave there.

mod answers;
mod decisions;
mod departures;
mod inner_end;
mod interface;
mod lan;
mod outer_end;
mod own_addresses;
mod queue;
mod runs;
mod side;
mod threads;
mod waiting;

pub(super) use interface::Attachment;
pub(super) use outer_end::OuterEnd;
pub(super) use own_addresses::OwnAddresses;
pub(super) use queue::Queue;
pub(super) use side::XdpSide;
pub(super) use threads::{QueueThreads, Wanted, open};
