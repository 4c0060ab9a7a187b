//! `hello.Greeter` of `proto/hello.proto`, over gRPC and framed connections at once, with health and
//! reflection; `greeter_client` calls it, and so does grpcurl.
//!
//! ```sh
//! cargo run --features grpc,reflection --example greeter -- --listen 127.0.0.1:50051
//! grpcurl -plaintext -d '{"name": "Ada"}' 127.0.0.1:50051 hello.Greeter/SayHello
//! ```

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use std::error::Error;

use portway_rpc::{
    Context, FramedListener, FramedOptions, GrpcListener, GrpcOptions, Receiving, Sending, Server,
    Status, health::Health, reflection::Reflection,
};

mod support;

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build"
)]
mod hello {
    include!("../generated/hello.rs");
}

use hello::{Greeter, GreeterServer, HelloReply, HelloRequest};

/// What reflection tells of the service.
const DESCRIPTORS: &[u8] = include_bytes!("../generated/descriptors.bin");

struct Polite;

fn reply(name: &str) -> HelloReply {
    HelloReply {
        message: format!("Hello, {name}!"),
    }
}

impl Greeter for Polite {
    async fn say_hello(&self, _: Context, request: HelloRequest) -> Result<HelloReply, Status> {
        Ok(reply(&request.name))
    }

    async fn keep_greeting(
        &self,
        _: Context,
        request: HelloRequest,
        mut responses: Sending<HelloReply>,
    ) -> Result<(), Status> {
        for _ in 0..3 {
            responses.send(reply(&request.name)).await?;
        }
        Ok(())
    }

    async fn greet_all(
        &self,
        _: Context,
        mut requests: Receiving<HelloRequest>,
    ) -> Result<HelloReply, Status> {
        let mut names = String::new();
        while let Some(request) = requests.receive().await? {
            names.push_str(if names.is_empty() { "" } else { ", " });
            names.push_str(&request.name);
        }
        Ok(reply(&names))
    }

    async fn greet_each(
        &self,
        _: Context,
        mut requests: Receiving<HelloRequest>,
        mut responses: Sending<HelloReply>,
    ) -> Result<(), Status> {
        while let Some(request) = requests.receive().await? {
            responses.send(reply(&request.name)).await?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = support::listen("127.0.0.1:50051")?;
    let grpc = GrpcListener::tcp(address, GrpcOptions::new()).await?;
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
    println!("ready listen={address} framed={framed_address}");
    Ok(server.serve(support::stop()).await?)
}
