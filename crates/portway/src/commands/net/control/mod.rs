//! The control socket of `portway net run`: one JSON object a line, a request and its answer.

mod client;
mod place;
mod protocol;
mod server;

pub(super) use client::ask;
pub(super) use place::{ControlSocket, find};
pub(super) use protocol::Request;
pub(super) use server::serve;
