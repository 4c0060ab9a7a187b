//! A configuration on this machine: what it would do here, and its ports opened.
//!
//! ```
//! use portway_dataplane::{
//!     config::{Configuration, Source},
//!     machine,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"{
//!     // What the first port sends, the second one receives.
//!     "umems": { "u": { "bufcnt": 1 } },
//!     "lports": {
//!         "here": { "pmd": "net_ring:there", "umem": "u" },
//!         "there": { "pmd": "net_ring:here", "umem": "u" },
//!     },
//!     "options": { "mode": "loopback" },
//!     "threads": { "fwd:0": { "lports": ["here", "there"] } },
//! }"#;
//! let source = Source::new("ring.jsonc", text);
//! let configuration = Configuration::parse(&source, machine::queue_count)?;
//! assert!(machine::check(&configuration).is_possible());
//! let opened = machine::open(&configuration, "example")?;
//! assert_eq!(opened.ports[1].name(), "there");
//! # Ok(())
//! # }
//! ```

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
