//! What a method is: a type that names its messages.

use crate::{Codec, PayloadField, Protobuf};

/// One method of a service: its messages, its name, its format.
///
/// It is a type without values, made by `portway-rpc-build` or `#[portway_rpc::service]`; a
/// client calls it on channels that [`Call`](crate::Call) or [`Open`](crate::Open) it, a server
/// serves it by [`Handle`](crate::Handle) or [`HandleStream`](crate::HandleStream).
pub trait Method: Send + Sync + 'static {
    /// What the client sends.
    type Request: Send + 'static;
    /// What the server answers.
    type Response: Send + 'static;
    /// The format of both on wires.
    type Codec: Codec<Self::Request> + Codec<Self::Response>;
    /// The name of the service with its package, such as `hello.Greeter`.
    const SERVICE: &'static str;
    /// The name of the method, such as `SayHello`.
    const NAME: &'static str;
    /// Who sends how many messages.
    const SHAPE: Shape;
    /// Whether carrying it out twice is as good as once, so that it may be repeated.
    const IDEMPOTENT: bool = false;
    /// The field of requests that carries bulk bytes; only with [`Protobuf`] as the codec.
    const REQUEST_PAYLOAD: Option<PayloadField<Self::Request>> = None;
    /// The field of responses that carries bulk bytes; only with [`Protobuf`] as the codec.
    const RESPONSE_PAYLOAD: Option<PayloadField<Self::Response>> = None;

    /// Returns the path on wires, such as `hello.Greeter/SayHello`.
    fn path() -> String {
        format!("{}/{}", Self::SERVICE, Self::NAME)
    }
}

/// Who sends how many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there are no more: one or many, of either side"
)]
pub enum Shape {
    /// One request, one response.
    Unary,
    /// Many requests, one response.
    ClientStreaming,
    /// One request, many responses.
    ServerStreaming,
    /// Many requests, many responses, in any order.
    Bidirectional,
}

/// A method whose messages are protocol buffers, which gRPC and NATS carry.
///
/// Methods of a plain Rust trait are none: asking for them there does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not defined by a `.proto`, so gRPC and NATS cannot carry it",
    note = "define the service in a `.proto` with portway-rpc-build, or serve it in-process or framed"
)]
pub trait ProtobufMethod: Method<Codec = Protobuf> {}

impl<M: Method<Codec = Protobuf>> ProtobufMethod for M {}
