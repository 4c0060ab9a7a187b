//! An asynchronous, multiplexing client for Apache Ignite in pure Rust.
