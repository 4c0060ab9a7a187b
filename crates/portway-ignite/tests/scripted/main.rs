//! The client against a server that does what each test tells it, right or wrong.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod answers;
mod doubts;
mod events;
#[cfg(feature = "test-threads")]
mod flushes;
mod gathering;
mod handshake;
mod heartbeats;
mod limits;
mod nothing;
mod observation;
mod paging;
mod reconnect;
mod server;
mod streamer;
mod tasks;
mod topology;
mod transactions;
mod types;
mod watch;
