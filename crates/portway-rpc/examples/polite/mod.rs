//! `hello.Greeter` of `proto/hello.proto`, as both of its servers among the examples serve it.

use portway_rpc::{Context, Receiving, Sending, Status};

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "made by portway-rpc-build"
)]
pub(crate) mod hello {
    include!("../../generated/hello.rs");
}

use hello::{Greeter, HelloReply, HelloRequest};

/// Greets everybody in the same way.
pub(crate) struct Polite;

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
