//! Real brokers for the tests: started, killed and started again.

#![allow(dead_code, reason = "each test file uses its own part of it")]
pub(crate) mod foreign;
pub(crate) mod nats;
mod port;
mod process;
pub(crate) mod rabbitmq;

pub(crate) use port::free_port;
pub(crate) use process::program;
