//! One service definition over in-process calls, framed TCP, gRPC and brokers, with the same
//! deadline, cancellation, status and trace on each.
//!
//! A [`Method`] is a type that names its messages. A server [handles](Handle) it, a client
//! [calls](Call) it on a channel; which transport lies between them is the channel's affair:
//!
//! ```
//! use bytes::Bytes;
//! use portway_rpc::{Call, Context, Handle, InProcess, Method, Raw, Shape, Status};
//!
//! struct Reverse;
//!
//! impl Method for Reverse {
//!     type Request = Bytes;
//!     type Response = Bytes;
//!     type Codec = Raw;
//!     const SERVICE: &'static str = "example.Text";
//!     const NAME: &'static str = "Reverse";
//!     const SHAPE: Shape = Shape::Unary;
//! }
//!
//! struct Text;
//!
//! impl Handle<Reverse> for Text {
//!     async fn handle(&self, _context: Context, request: Bytes) -> Result<Bytes, Status> {
//!         Ok(request.iter().rev().copied().collect())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Status> {
//! let channel = InProcess::new(Text);
//! let answer = Call::<Reverse>::call(&channel, Bytes::from("stressed").into()).await?;
//! assert_eq!(answer, "desserts");
//! # Ok(())
//! # }
//! ```

// What is generated names the crate as its users do.
extern crate self as portway_rpc;

mod allocator;
#[cfg(any(feature = "amqp", feature = "grpc", feature = "nats"))]
mod binary;
mod by_name;
mod call;
mod cancellation;
mod codec;
#[cfg(feature = "conformance")]
pub mod conformance;
mod context;
mod deadline;
pub mod frame;
mod framed;
#[cfg(feature = "grpc")]
mod grpc;
mod guard;
mod handle;
#[cfg(any(feature = "amqp", feature = "nats"))]
mod header;
pub mod health;
mod in_process;
mod intercept;
mod metadata;
mod method;
#[cfg(feature = "nats")]
mod nats;
pub mod pattern;
mod payload;
mod peer;
pub mod policy;
#[cfg(feature = "reflection")]
pub mod reflection;
mod request;
mod router;
mod server;
mod socket;
mod status;
mod stream;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;

pub use by_name::{MethodName, OpenByName};
pub use call::{Call, Open, Streams};
pub use cancellation::{CancelReason, Cancellation, Cancelled};
pub use codec::{Codec, EncodeMessage, MessagePack, Protobuf, Raw};
pub use context::Context;
pub use deadline::{DEFAULT_TIMEOUT, Deadline, MAXIMUM_TIMEOUT, format_timeout, parse_timeout};
pub use framed::{FramedChannel, FramedListener, FramedOptions, Target, TargetError};
#[cfg(feature = "grpc")]
pub use grpc::{GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, GrpcTargetError};
pub use handle::{AnyTransport, FramedOnly, Handle, HandleStream, Reach, Service, Visit};
pub use in_process::{IN_PROCESS_WINDOW, InProcess};
pub use intercept::{Intercept, Intercepted, MethodInfo};
pub use metadata::{MAXIMUM_METADATA_ENTRIES, MAXIMUM_METADATA_SIZE, Metadata, MetadataError};
pub use method::{Method, ProtobufMethod, Shape};
#[cfg(feature = "nats")]
pub use nats::{NatsChannel, NatsListenOptions, NatsListener};
pub use payload::PayloadField;
pub use peer::{Peer, PeerProcess, Transport};
pub use portway_rpc_macros::service;
pub use request::{CallOptions, OutgoingCall, ReplyMetadata, Request};
pub use router::{Answer, Respond, Route, Router, SendEncoded, Work};
pub use server::{DEFAULT_DRAIN, Listen, Server, Serving, Stopping};
pub use status::{Code, MAXIMUM_STATUS_MESSAGE, Status};
pub use stream::{ReceiveMessages, Receiving, SendMessages, Sending};
pub use trace::{TRACEPARENT, TraceParent, TraceParentError};
