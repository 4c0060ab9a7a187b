//! gRPC, by our client and our server, and with foreign ones on either side.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

#[path = "grpc/announced.rs"]
mod announced;
mod authority;
#[path = "grpc/calls.rs"]
mod calls;
#[path = "grpc/faults.rs"]
mod faults;
#[path = "grpc/hostile.rs"]
mod hostile;
#[path = "grpc/life.rs"]
mod life;
#[path = "grpc/service.rs"]
mod service;
#[path = "grpc/tls.rs"]
mod tls;
