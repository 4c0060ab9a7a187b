//! One definition over several transports: of a `.proto`, and of a plain trait.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::time::Duration;

use portway_rpc::{
    Call, Code, Context, FramedChannel, FramedListener, FramedOptions, InProcess, Method, Open,
    Receiving, Sending, Server, Status, Target,
};

#[allow(missing_docs, unreachable_pub, reason = "made by the generator")]
mod hello {
    include!("../generated/hello.rs");
}

use hello::{Greeter, GreeterClient, GreeterServer, HelloReply, HelloRequest, greeter};

struct Polite;

fn reply(name: &str) -> HelloReply {
    HelloReply {
        message: format!("Hello, {name}!"),
    }
}

impl Greeter for Polite {
    async fn say_hello(&self, _: Context, request: HelloRequest) -> Result<HelloReply, Status> {
        if request.name.is_empty() {
            return Err(Status::invalid_argument("who?"));
        }
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
        let mut names = Vec::new();
        while let Some(request) = requests.receive().await? {
            names.push(request.name);
        }
        Ok(reply(&names.join(" and ")))
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

fn named(name: &str) -> HelloRequest {
    HelloRequest { name: name.into() }
}

/// Uses every method over any channel that carries them.
async fn greet<C>(channel: C)
where
    C: Call<greeter::SayHello>
        + Open<greeter::KeepGreeting>
        + Open<greeter::GreetAll>
        + Open<greeter::GreetEach>,
{
    let client = GreeterClient::new(channel);
    assert_eq!(
        client.say_hello(named("Ada")).await.unwrap().message,
        "Hello, Ada!"
    );
    let error = client.say_hello(named("")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::InvalidArgument, "who?")
    );

    let mut greetings = client.keep_greeting(named("Bob")).await.unwrap();
    for _ in 0..3 {
        assert_eq!(
            greetings.receive().await.unwrap().unwrap().message,
            "Hello, Bob!"
        );
    }
    assert!(greetings.receive().await.unwrap().is_none());

    let (mut names, mut greeting) = client.greet_all(()).await.unwrap();
    names.send(named("Ada")).await.unwrap();
    names.send(named("Bob")).await.unwrap();
    names.finish();
    assert_eq!(
        greeting.only().await.unwrap().message,
        "Hello, Ada and Bob!"
    );

    let (mut names, mut greetings) = client.greet_each(()).await.unwrap();
    names.send(named("Ada")).await.unwrap();
    assert_eq!(
        greetings.receive().await.unwrap().unwrap().message,
        "Hello, Ada!"
    );
    names.finish();
    assert!(greetings.receive().await.unwrap().is_none());
}

#[tokio::test]
async fn one_definition_serves_all_transports_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("greeter.sock");
    let options = FramedOptions::new();
    let tcp = FramedListener::tcp("127.0.0.1:0", options.clone())
        .await
        .unwrap();
    let address = tcp.address().unwrap().to_string();
    let unix = FramedListener::unix(&path, options.clone()).unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = Server::builder()
        .service(GreeterServer::new(Polite))
        .listen(tcp)
        .listen(unix);
    let server = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));

    greet(InProcess::new(GreeterServer::new(Polite))).await;
    greet(
        FramedChannel::connect(Target::Tcp(address), options.clone())
            .await
            .unwrap(),
    )
    .await;
    greet(
        FramedChannel::connect(Target::Unix(path.clone()), options)
            .await
            .unwrap(),
    )
    .await;

    drop(stop);
    tokio::time::timeout(Duration::from_secs(5), server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(!path.exists(), "the socket's file goes with its listener");
}

#[test]
fn what_the_proto_says_of_repetition_is_in_the_method() {
    const { assert!(greeter::SayHello::IDEMPOTENT) };
    const { assert!(!greeter::KeepGreeting::IDEMPOTENT) };
    assert_eq!(greeter::SayHello::path(), "hello.Greeter/SayHello");
}

/// A store, as a plain trait.
#[portway_rpc::service(name = "test.Store")]
trait Store {
    /// Finds a value.
    #[rpc(idempotent)]
    async fn find(&self, context: Context, key: String) -> Result<Option<u32>, Status>;
    async fn count(&self, context: Context, to: u32, responses: Sending<u32>)
    -> Result<(), Status>;
}

struct Numbers;

impl Store for Numbers {
    async fn find(&self, _: Context, key: String) -> Result<Option<u32>, Status> {
        Ok(key.parse().ok())
    }

    async fn count(&self, _: Context, to: u32, mut responses: Sending<u32>) -> Result<(), Status> {
        for number in 0..to {
            responses.send(number).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_plain_trait_is_a_service_too() {
    let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new())
        .await
        .unwrap();
    let target = Target::Tcp(listener.address().unwrap().to_string());
    let server = Server::builder()
        .service(StoreServer::new(Numbers))
        .listen(listener);
    let server = tokio::spawn(server.serve(std::future::pending()));
    let channel = FramedChannel::connect(target, FramedOptions::new())
        .await
        .unwrap();
    let client = StoreClient::new(channel);
    assert_eq!(client.find("7".to_owned()).await.unwrap(), Some(7));
    assert_eq!(client.find("seven".to_owned()).await.unwrap(), None);
    let mut numbers = client.count(100).await.unwrap();
    for number in 0..100 {
        assert_eq!(numbers.receive().await.unwrap(), Some(number));
    }
    assert_eq!(numbers.receive().await.unwrap(), None);
    server.abort();
}
