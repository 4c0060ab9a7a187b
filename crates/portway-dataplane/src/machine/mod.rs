//! A configuration on this machine: its ports opened.

mod claims;
mod error;
mod memory;
mod open;
mod programs;

pub use error::{OpenError, OpenReason};
pub use open::{Hold, Opened, XdpWay, open};
