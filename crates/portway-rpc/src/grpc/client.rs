//! The client's side of a gRPC connection.

mod connection;
mod outcome;
mod request;
mod stream;
mod unary;
mod unsent;

pub(crate) use connection::{Connection, GrpcLink};
pub(crate) use stream::open_streams;
pub(crate) use unary::{call_unary, encode};

use crate::Status;

/// Why a call failed; whether no server has seen it, so that another one may.
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) unseen: bool,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self {
            status,
            unseen: false,
        }
    }
}
