//! smoltcp over ports: a host with sockets, and the lane of those who keep their connections themselves.
//!
//! `adapter` is the one device that smoltcp sees. `Lane` gives it one packet at a time, out of a slice and into a
//! buffer or a short queue; `Host` gives it the frames of a port, which are read and written where they lie.

mod adapter;
mod clock;
mod configuration;
mod driver;
mod frames;
mod handle;
mod lane;
mod link;
mod listener;
mod queue;
mod stack;
mod stream;
mod udp;

pub use clock::StackClock;
pub use configuration::{HostConfiguration, HostError};
pub use driver::HostDriver;
pub use handle::Host;
pub use lane::Lane;
pub use listener::HostTcpListener;
pub use queue::PacketQueue;
pub use stream::HostTcpStream;
pub use udp::HostUdpSocket;
