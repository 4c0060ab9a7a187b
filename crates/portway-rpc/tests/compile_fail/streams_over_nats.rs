//! NATS has no credit that holds a sender back: streams over it do not compile.

use bytes::Bytes;
use portway_rpc::{Method, NatsChannel, Open, Protobuf, Shape};

struct Watch;

impl Method for Watch {
    type Request = Bytes;
    type Response = Bytes;
    type Codec = Protobuf;
    const SERVICE: &'static str = "example.Store";
    const NAME: &'static str = "Watch";
    const SHAPE: Shape = Shape::ServerStreaming;
}

fn opened_over<C: Open<Watch>>() {}

fn main() {
    opened_over::<NatsChannel>();
}
