//! The patterns over a real NATS server, which the tests start if it is installed.

#![cfg(test)]

mod brokers;
#[path = "nats/core.rs"]
mod core;
#[path = "nats/faults.rs"]
mod faults;
#[path = "nats/foreign.rs"]
mod foreign;
#[path = "nats/jetstream.rs"]
mod jetstream;

#[path = "nats/micro.rs"]
mod micro;
#[path = "nats/request.rs"]
mod request;
