//! The control socket that `wg` speaks to.
//!
//! [`RequestParser`] and [`write_device`] know the format and own no socket; [`UapiServer`] is
//! the socket `/var/run/wireguard/NAME.sock` with its threads.

#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod answer;
mod connection;
mod device;
mod error;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod line;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod request;
mod server;
#[deny(clippy::disallowed_methods, clippy::disallowed_types)]
mod set;
mod socket;

pub use answer::write_device;
pub use device::Device;
pub use error::{Errno, Malformed};
pub use request::{RequestEvent, RequestParser};
pub use server::{UapiServer, UapiServerError};
pub use socket::SOCKET_DIRECTORY;

#[cfg(test)]
mod tests;
