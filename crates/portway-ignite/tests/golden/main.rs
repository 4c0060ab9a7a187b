//! Bytes that the marshaller of Apache Ignite 2.17.0 wrote: each is read, and what Rust can write
//! in the same shape has the same bytes.
//!
//! `tests/peers/java-golden/run` writes the files anew.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

mod graphs;
mod objects;
mod recorded;
mod typed;
mod values;
