//! Against a real Kafka, which the tests start where `PORTWAY_TEST_KAFKA` names what runs one.

#![cfg(test)]

#[path = "kafka/broker.rs"]
mod broker;
#[path = "kafka/faults.rs"]
mod faults;
#[path = "kafka/groups.rs"]
mod groups;
#[path = "kafka/order.rs"]
mod order;
#[path = "../../portway-rpc/tests/brokers/port.rs"]
mod port;
#[allow(dead_code, reason = "the tests of portway-rpc use more of it")]
#[path = "../../portway-rpc/tests/brokers/process.rs"]
mod process;
#[path = "kafka/records.rs"]
mod records;
#[cfg(feature = "tls")]
#[path = "kafka/secured.rs"]
mod secured;
