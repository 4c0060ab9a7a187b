//! Real brokers for the tests: started, killed and started again.

#![allow(dead_code, reason = "each test file uses its own part of it")]
pub(crate) mod foreign;
pub(crate) mod nats;
mod process;
pub(crate) mod rabbitmq;

pub(crate) use process::{free_port, program};
