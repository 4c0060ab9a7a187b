//! The framed transport: many calls at once on one connection over TCP, Unix sockets and TLS.
//!
//! One task owns a connection. It reads all that is there, hands it out, gathers what is to be
//! sent, and sends it at once.

mod batch;
mod channel;
mod client;
mod listener;
mod options;
mod pump;
mod room;
mod server;
mod target;
mod turn;

pub use channel::FramedChannel;
pub use listener::FramedListener;
pub use options::FramedOptions;
pub use target::{Target, TargetError};
