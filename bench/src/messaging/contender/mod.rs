//! The contenders.

mod codec;
mod grpc;
mod libzmq;
mod portway;
mod raw;
mod tarpc;
mod tonic;

use crate::messaging::line::Measure;

/// One of those that are measured.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// It tells calls apart and carries them at the same time, as a program needs it.
    pub(crate) rpc: bool,
    /// Round trips.
    pub(crate) calls: Option<Measure>,
    /// Messages in one direction, counted by the receiver.
    pub(crate) one_way: Option<Measure>,
    /// Round trips of gRPC.
    pub(crate) grpc: Option<Measure>,
    /// Messages of a gRPC server in one direction, counted by the client.
    pub(crate) grpc_one_way: Option<Measure>,
    /// Calls within the process whose handler is ready.
    pub(crate) ready: Option<Measure>,
    /// Calls within the process to a handler in a task of its own.
    pub(crate) tasks: Option<Measure>,
}

const NOTHING: Contender = Contender {
    name: "",
    rpc: true,
    calls: None,
    one_way: None,
    grpc: None,
    grpc_one_way: None,
    ready: None,
    tasks: None,
};

/// All contenders, ours first.
pub(crate) const CONTENDERS: &[Contender] = &[
    Contender {
        name: crate::report::PORTWAY,
        calls: Some(portway::calls),
        one_way: Some(portway::one_way),
        grpc: Some(grpc::calls),
        grpc_one_way: Some(grpc::one_way),
        ready: Some(portway::ready),
        tasks: Some(portway::tasks),
        ..NOTHING
    },
    Contender {
        name: "raw",
        rpc: false,
        calls: Some(raw::calls),
        ..NOTHING
    },
    Contender {
        name: "codec",
        rpc: false,
        calls: Some(codec::as_usual),
        ..NOTHING
    },
    Contender {
        name: "drained",
        rpc: false,
        calls: Some(codec::drained),
        one_way: Some(codec::one_way),
        ..NOTHING
    },
    Contender {
        name: "tonic",
        calls: Some(tonic::calls),
        one_way: Some(tonic::one_way),
        grpc: Some(tonic::calls),
        grpc_one_way: Some(tonic::one_way),
        ..NOTHING
    },
    Contender {
        name: "tarpc",
        calls: Some(tarpc::calls),
        ..NOTHING
    },
    Contender {
        name: "libzmq",
        calls: Some(libzmq::calls),
        one_way: Some(libzmq::one_way),
        ..NOTHING
    },
];
