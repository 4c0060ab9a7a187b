//! The user-space exit: the inner side of a gateway that needs no privileges.
//!
//! Peers' packets end here. What they say to the gateway's tunnel addresses is answered (ping) or
//! handed to a published service of the host; their other TCP and UDP leaves through ordinary
//! sockets of the host, where a policy allows it. A TCP connection is accepted from the peer only
//! once its destination has accepted it, so a peer sees what it would see without a gateway.

mod configuration;
mod counters;
mod dials;
mod engine;
mod host_addresses;
mod ledger;
mod policy;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;
mod udp_flows;

pub use configuration::{
    ExitConfiguration, ExitLimits, ExitMode, ExitTimeouts, OwnListeners, Publish, PublishError,
};
pub use counters::{ExitCounters, ExitEvent};
pub use engine::Exit;
