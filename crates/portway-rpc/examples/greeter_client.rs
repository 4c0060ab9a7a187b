//! Calls a `greeter`, over whichever transport its target names: the client is the same.
//!
//! ```sh
//! cargo run --features grpc --example greeter_client -- grpc://127.0.0.1:50051
//! cargo run --features grpc --example greeter_client -- framed://127.0.0.1:PORT
//! ```

#![expect(clippy::print_stdout, reason = "an example speaks to a person")]

use portway_rpc::{Call, FramedChannel, FramedOptions, GrpcChannel, GrpcOptions, Open, Status};

#[path = "support/failure.rs"]
mod failure;
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build"
)]
mod hello {
    include!("../generated/hello.rs");
}

use failure::Failure;
use hello::{GreeterClient, HelloRequest, greeter};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let target = std::env::args().nth(1);
    let target = target.unwrap_or_else(|| "grpc://127.0.0.1:50051".to_owned());
    if target.starts_with("framed") {
        let channel = FramedChannel::connect(target.parse()?, FramedOptions::new()).await?;
        return Ok(greet(channel).await?);
    }
    let channel = GrpcChannel::connect(target.parse()?, GrpcOptions::new()).await?;
    Ok(greet(channel).await?)
}

/// Calls every method over any channel that carries them.
async fn greet<C>(channel: C) -> Result<(), Status>
where
    C: Call<greeter::SayHello>
        + Open<greeter::KeepGreeting>
        + Open<greeter::GreetAll>
        + Open<greeter::GreetEach>,
{
    let client = GreeterClient::new(channel);
    println!("{}", client.say_hello(named("Ada")).await?.message);

    let mut greetings = client.keep_greeting(named("Bob")).await?;
    while let Some(greeting) = greetings.receive().await? {
        println!("{}", greeting.message);
    }

    let (mut names, mut greeting) = client.greet_all(()).await?;
    names.send(named("Ada")).await?;
    names.send(named("Bob")).await?;
    names.finish();
    println!("{}", greeting.only().await?.message);

    let (mut names, mut greetings) = client.greet_each(()).await?;
    for name in ["Ada", "Bob"] {
        names.send(named(name)).await?;
        let greeting = greetings.receive().await?;
        println!("{}", greeting.map(|it| it.message).unwrap_or_default());
    }
    Ok(())
}

fn named(name: &str) -> HelloRequest {
    HelloRequest {
        name: name.to_owned(),
    }
}
