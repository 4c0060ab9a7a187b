//! `hello.Greeter` of `proto/hello.proto` over framed connections, and a call from the same
//! definition.
//!
//! ```sh
//! cargo run --example greeter -- --listen 127.0.0.1:50051
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to a person"
)]

use std::error::Error;

use portway_rpc::{
    Context, FramedChannel, FramedListener, FramedOptions, Receiving, Sending, Server, Status,
    Target,
};

mod support;

#[allow(missing_docs, unreachable_pub, reason = "made by portway-rpc-build")]
mod hello {
    include!("../generated/hello.rs");
}

use hello::{Greeter, GreeterClient, GreeterServer, HelloReply, HelloRequest};

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
    let listener = FramedListener::tcp(address, FramedOptions::new()).await?;
    let address = listener.address().ok_or("a TCP listener has an address")?;
    let server = Server::builder()
        .service(GreeterServer::new(Polite))
        .listen(listener);
    let server = tokio::spawn(server.serve(support::stop()));

    let target = Target::Tcp(address.to_string());
    let channel = FramedChannel::connect(target, FramedOptions::new()).await?;
    let client = GreeterClient::new(channel);
    let answer = client
        .say_hello(HelloRequest {
            name: "world".to_owned(),
        })
        .await?;
    eprintln!("{}", answer.message);
    drop(client);

    println!("ready listen={address}");
    Ok(server.await??)
}
