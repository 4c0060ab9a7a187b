//! The patterns beside request-reply: publish-subscribe, push-pull, and fire and forget.
//!
//! A [`Topic`] or [`Queue`] is defined once: its name, the type of its messages and their codec.
//! Every transport makes the two ends of it, which are [`Publisher`] and [`Subscriber`], [`Push`]
//! and [`Pull`], or [`Notify`]:
//!
//! ```
//! use portway_rpc::pattern::{Pull, Push, local};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (jobs, mut worker) = local::reliable_queue::<String>(Default::default());
//! jobs.push("shrink cat.png".to_owned()).await?;
//!
//! let job = worker.pull().await?;
//! assert_eq!((job.body().as_str(), job.attempt()), ("shrink cat.png", 1));
//! job.ack().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The guarantee is in the type
//!
//! Each end has a [`Guarantee`]. [`AtMostOnce`] hands a receiver [`Received`]: a message, or how
//! much it missed, for nothing is dropped silently. [`AtLeastOnce`] hands it a [`Delivery`], which
//! is settled once, by [`ack`](Delivery::ack), [`nack`](Delivery::nack) or [`term`](Delivery::term).
//! A transport implements the combinations that it gives by its own means; asking for another does
//! not compile.
//!
//! A pipeline acknowledges a job when the next queue has accepted its result:
//! [`Delivery::ack_after_push`], or [`work`] for a whole worker.
//!
//! # Transports
//!
//! - [`local`]: inside the process, without bytes.
//! - [`framed`]: one process that serves its own subscribers and workers.
#![cfg_attr(
    feature = "nats",
    doc = "- [`nats`]: NATS, by its core and by `JetStream`."
)]
//!
//! Metadata travel in the transport's own headers, the content type among them, without an envelope
//! of ours: any program can be the other side.

#[cfg(feature = "amqp")]
pub mod amqp;
#[cfg(any(feature = "amqp", feature = "nats"))]
mod backlog;
mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod definition;
mod delivery;
mod ends;
mod error;
pub mod framed;
mod guarantee;
pub mod local;
mod message;
#[cfg(feature = "nats")]
pub mod nats;
mod pipeline;
mod roles;
#[cfg(any(feature = "amqp", feature = "nats"))]
mod wire;

pub use codec::Json;
pub use definition::{Queue, Topic};
pub use delivery::{Acknowledgement, Delivery, Missed, Received};
pub use error::{Cause, ReceiveError, SendError, SettleError};
pub use guarantee::{AtLeastOnce, AtMostOnce, Guarantee};
pub use message::Message;
pub use pipeline::{Outcome, PipelineError, work};
pub use roles::{Notify, Publisher, Pull, Push, Subscriber};
