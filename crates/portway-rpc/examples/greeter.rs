//! `hello.Greeter` of `proto/hello.proto`, over gRPC and framed connections at once, with health and
//! reflection; `greeter_client` calls it, and so does grpcurl.
//!
//! ```sh
//! cargo run --features grpc,reflection --example greeter -- --listen 127.0.0.1:50051
//! grpcurl -plaintext -d '{"name": "Ada"}' 127.0.0.1:50051 hello.Greeter/SayHello
//! ```

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use portway_rpc::{
    FramedListener, FramedOptions, GrpcListener, GrpcOptions, Server, health::Health,
    reflection::Reflection,
};

mod polite;
mod support;

use polite::{Polite, hello::GreeterServer};

/// What reflection tells of the service.
const DESCRIPTORS: &[u8] = include_bytes!("../generated/descriptors.bin");

#[tokio::main]
async fn main() -> Result<(), support::Failure> {
    let address = support::listen("127.0.0.1:50051")?;
    let grpc = GrpcListener::tcp(address, GrpcOptions::new());
    let grpc = support::bound(address, grpc).await?;
    let framed = FramedListener::tcp((address.ip(), 0), FramedOptions::new()).await?;
    let (Some(address), Some(framed_address)) = (grpc.address(), framed.address()) else {
        return Err("a TCP listener has an address".into());
    };
    let server = Server::builder()
        .service(GreeterServer::new(Polite))
        .with_health(&Health::new())
        .with_reflection(Reflection::new().descriptors(DESCRIPTORS)?)
        .listen(grpc)
        .listen(framed);
    let stop = support::stop()?;
    println!("ready listen={address} framed={framed_address}");
    Ok(server.drain(support::DRAIN).serve(stop).await?)
}
