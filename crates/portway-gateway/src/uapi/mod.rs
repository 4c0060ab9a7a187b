//! The control socket that `wg` speaks to.
//!
//! [`RequestParser`] and [`write_device`] know the format and own no socket; [`UapiServer`] is
//! the socket `/var/run/wireguard/NAME.sock` with its threads.

mod answer;
mod connection;
mod device;
mod error;
mod line;
mod request;
mod server;
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
