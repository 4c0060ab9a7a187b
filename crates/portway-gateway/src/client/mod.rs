//! The inner side of the user-space client: a host of its own behind a tunnel, without root.
//!
//! It pings through the tunnel and carries connections that programs of this machine make to
//! local ports to places behind the tunnel. It has the addresses of a wg-quick file, answers ping
//! at them, and offers nothing else.

mod configuration;
mod engine;
mod forwards;
mod handle;
mod pinger;
#[cfg(test)]
mod tests;

pub use configuration::{ClientConfiguration, ClientError, Forward, ForwardError};
pub use engine::ClientStack;
pub use handle::{ClientHandle, PingError, PingReply};
