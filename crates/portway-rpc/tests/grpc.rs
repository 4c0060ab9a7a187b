//! gRPC, by our client and our server, and with foreign ones on either side.

#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test tells what was skipped and judged; it may unwrap: its panic is the report"
)]

#[path = "grpc/announced.rs"]
mod announced;
mod authority;
#[path = "grpc/calls.rs"]
mod calls;
#[path = "grpc/faults.rs"]
mod faults;
#[path = "grpc/foreign.rs"]
mod foreign;
#[path = "grpc/hostile.rs"]
mod hostile;
#[path = "grpc/life.rs"]
mod life;
#[path = "grpc/plain_tonic.rs"]
mod plain_tonic;
#[path = "grpc/server.rs"]
mod server;
mod service;
#[path = "grpc/tls.rs"]
mod tls;

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build"
)]
mod hello {
    include!("../generated/hello.rs");
}
