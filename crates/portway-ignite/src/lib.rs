//! An asynchronous, multiplexing client for Apache Ignite in pure Rust.

pub use portway_ignite_derive::IgniteObject;
pub use portway_ignite_protocol as protocol;
pub use portway_ignite_protocol::IgniteObject;
