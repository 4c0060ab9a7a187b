//! A configuration on this machine: what it would do here, and its ports opened.

mod check;
mod claims;
mod error;
mod memory;
mod open;
mod programs;

pub use check::{Lack, Plan, PortPlan, RegionPlan, ThreadPlan, check, ranges};
pub use error::{OpenError, OpenReason};
pub use open::{Hold, Opened, XdpWay, open};
/// What becomes of frames that XDP sends out of an interface.
pub use portway_xdp::program::{Redirection, can_redirect};

/// How many receive queues an interface of this machine has; none, if there is no such interface. For
/// [`Configuration::parse`](crate::config::Configuration::parse).
pub fn queue_count(interface: &str) -> Option<u32> {
    let facts = portway_xdp::program::InterfaceFacts::of(interface);
    facts.ok().map(|facts| facts.receive_queues)
}
