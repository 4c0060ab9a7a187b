//! Kafka as it is: a log in partitions, consumer groups, and offsets that they commit.
//!
//! Kafka's model is none of the patterns of `portway_rpc::pattern`, and is not disguised as one: a
//! record is not acknowledged or given back by itself. A consumer reads each of its partitions in
//! order, and [commits](Consumer::commit) how far it has come; that covers all that came before in the
//! same partition. Whoever commits after the work is done sees every record at least once.
//!
//! ```no_run
//! use portway_kafka::{ConsumerOptions, Kafka, PollError, ProducerOptions};
//! use portway_rpc::pattern::Topic;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Deserialize, Serialize)]
//! struct Order {
//!     number: u64,
//! }
//!
//! const PLACED: Topic<Order> = Topic::new("orders.placed"); // JSON
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let kafka = Kafka::new("127.0.0.1:9092");
//! let producer = kafka.producer(&PLACED, &ProducerOptions::new())?;
//! let position = producer.send_keyed("north", Order { number: 7 }).await?;
//!
//! let mut billing = kafka.consumer(&PLACED, "billing", &ConsumerOptions::new())?;
//! loop {
//!     match billing.poll().await {
//!         Ok(record) => {
//!             println!("{:?} at {}", record.body(), record.position());
//!             billing.commit(record.position()).await?;
//!         }
//!         // Nobody can read it: go past it.
//!         Err(PollError::Malformed { position, .. }) => billing.commit(position).await?,
//!         // The next poll waits for the broker.
//!         Err(PollError::Unavailable { .. }) => {}
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # }
//! ```
//!
//! Metadata travel in the headers of records, bytes as bytes: `traceparent`, `grpc-timeout`,
//! `content-type` and what the program adds. Any client of Kafka can be the other side.

mod consumer;
mod error;
mod headers;
mod kafka;
mod logs;
mod options;
mod producer;
mod record;
#[cfg(feature = "tls")]
mod security;

pub use consumer::Consumer;
pub use error::{CommitError, OpenError, PollError};
pub use kafka::Kafka;
pub use options::{Acks, ConsumerOptions, ProducerOptions, Start};
pub use producer::Producer;
pub use record::{Position, Record};
#[cfg(feature = "tls")]
pub use security::{Sasl, Tls};
