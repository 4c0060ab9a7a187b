//! The control API of a gateway: `portway.control.v1.Control`, served by portway-rpc.
//!
//! [`ControlService`] is the service over one fleet, and over one gateway if it runs in one. [`Access`] says who may
//! do what on one listener; each listener has its own.

mod access;
mod attempts;
mod enrolment;
mod failure;
mod listing;
mod messages;
mod requests;
mod service;
mod statistics;
mod watch;

pub use access::Access;
pub use service::{ControlService, LiveGateway};
