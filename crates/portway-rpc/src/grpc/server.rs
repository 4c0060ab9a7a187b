//! The server's side of a gRPC connection.

mod call;
mod connection;
mod greeting;
mod stream;
mod unary;

pub(crate) use connection::serve;
