//! The patterns over a real RabbitMQ, which the tests start if it is installed.

#![cfg(test)]

mod brokers;
#[path = "amqp/core.rs"]
mod core;
#[path = "amqp/faults.rs"]
mod faults;
#[path = "amqp/foreign.rs"]
mod foreign;
