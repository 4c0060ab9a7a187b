//! The checks of every transport of calls, for those that need no other program.

#![cfg(test)]

mod authority;
#[path = "conformance/framed.rs"]
mod framed;
#[path = "conformance/grpc.rs"]
mod grpc;
#[path = "conformance/in_process.rs"]
mod in_process;
