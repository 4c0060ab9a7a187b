//! Plain tonic on the other side, with the code that its generator would write.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request as HttpRequest, Response as HttpResponse, uri::PathAndQuery};
use portway_rpc::{Code, GrpcChannel, GrpcListener, GrpcOptions, GrpcTarget, Request, Server};
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    client::Grpc as Client,
    server::{Grpc, NamedService, UnaryService},
    transport::{Channel, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

use crate::hello::{Greeter, GreeterClient, GreeterServer, HelloReply, HelloRequest};

/// A server of one unary method, as tonic's generator writes it.
#[derive(Clone)]
pub(crate) struct Plain;

impl NamedService for Plain {
    const NAME: &'static str = "hello.Greeter";
}

struct SayHello;

type Answer =
    Pin<Box<dyn Future<Output = Result<tonic::Response<HelloReply>, tonic::Status>> + Send>>;

impl UnaryService<HelloRequest> for SayHello {
    type Response = HelloReply;
    type Future = Answer;

    fn call(&mut self, request: tonic::Request<HelloRequest>) -> Answer {
        Box::pin(async move {
            let name = &request.get_ref().name;
            match name.as_str() {
                "fail" => {
                    let details = vec![1, 2, 3].into();
                    let code = tonic::Code::DataLoss;
                    Err(tonic::Status::with_details(code, "50 % are gone", details))
                }
                "wait" => std::future::pending().await,
                _ => {
                    let message = format!("Hello, {name}!");
                    Ok(tonic::Response::new(HelloReply { message }))
                }
            }
        })
    }
}

impl tower_service::Service<HttpRequest<Body>> for Plain {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        Box::pin(async move {
            if request.uri().path() != "/hello.Greeter/SayHello" {
                return Ok(tonic::Status::unimplemented("").into_http());
            }
            let mut grpc = Grpc::new(ProstCodec::<HelloReply, HelloRequest>::default());
            Ok(grpc.unary(SayHello, request).await)
        })
    }
}

/// Starts a server of plain tonic; returns its address.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = tonic::transport::Server::builder().add_service(Plain);
    tokio::spawn(server.serve_with_incoming(incoming));
    address
}

struct Polite;

impl Greeter for Polite {
    async fn say_hello(
        &self,
        _: portway_rpc::Context,
        request: HelloRequest,
    ) -> Result<HelloReply, portway_rpc::Status> {
        match request.name.as_str() {
            "fail" => {
                Err(portway_rpc::Status::data_loss("50 % are gone").with_details(vec![1, 2, 3]))
            }
            "wait" => std::future::pending().await,
            name => Ok(HelloReply {
                message: format!("Hello, {name}!"),
            }),
        }
    }

    async fn keep_greeting(
        &self,
        _: portway_rpc::Context,
        _: HelloRequest,
        _: portway_rpc::Sending<HelloReply>,
    ) -> Result<(), portway_rpc::Status> {
        Ok(())
    }

    async fn greet_all(
        &self,
        _: portway_rpc::Context,
        _: portway_rpc::Receiving<HelloRequest>,
    ) -> Result<HelloReply, portway_rpc::Status> {
        Ok(HelloReply::default())
    }

    async fn greet_each(
        &self,
        _: portway_rpc::Context,
        mut requests: portway_rpc::Receiving<HelloRequest>,
        mut responses: portway_rpc::Sending<HelloReply>,
    ) -> Result<(), portway_rpc::Status> {
        while let Some(request) = requests.receive().await? {
            let message = format!("Hello, {}!", request.name);
            responses.send(HelloReply { message }).await?;
        }
        Ok(())
    }
}

/// Starts our server of the same service; returns its address.
pub(crate) async fn start_ours() -> String {
    let listener = GrpcListener::tcp("127.0.0.1:0", GrpcOptions::new()).await;
    let listener = listener.unwrap();
    let address = listener.address().unwrap().to_string();
    let server = Server::builder().service(GreeterServer::new(Polite));
    tokio::spawn(server.listen(listener).serve(std::future::pending()));
    address
}

fn named(name: &str) -> HelloRequest {
    HelloRequest { name: name.into() }
}

#[tokio::test]
async fn our_client_understands_a_server_of_plain_tonic() {
    let target = GrpcTarget::Tcp(start().await);
    let channel = GrpcChannel::connect(target, GrpcOptions::new()).await;
    let client = GreeterClient::new(channel.unwrap());
    let answer = client.say_hello(named("Ada")).await.unwrap();
    assert_eq!(answer.message, "Hello, Ada!");
    let error = client.say_hello(named("fail")).await.unwrap_err();
    assert_eq!(error.code(), Code::DataLoss);
    assert_eq!(error.message(), "50 % are gone");
    assert_eq!(error.details(), &[1, 2, 3][..]);
    let late = Request::new(named("wait")).timeout(Duration::from_millis(50));
    let error = client.say_hello(late).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let error = client.keep_greeting(named("Ada")).await.unwrap();
    let error = { error }.receive().await.unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
}

async fn connect(address: &str) -> Client<Channel> {
    let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
    let mut client = Client::new(endpoint.connect().await.unwrap());
    client.ready().await.unwrap();
    client
}

#[tokio::test]
async fn a_client_of_plain_tonic_understands_our_server() {
    let mut client = connect(&start_ours().await).await;
    let path = PathAndQuery::from_static("/hello.Greeter/SayHello");
    let codec = ProstCodec::<HelloRequest, HelloReply>::default;
    let request = tonic::Request::new(named("Ada"));
    let answer = client.unary(request, path.clone(), codec()).await.unwrap();
    assert_eq!(answer.into_inner().message, "Hello, Ada!");

    client.ready().await.unwrap();
    let request = tonic::Request::new(named("fail"));
    let error = client.unary(request, path, codec()).await.unwrap_err();
    assert_eq!(error.code(), tonic::Code::DataLoss);
    assert_eq!(
        (error.message(), error.details()),
        ("50 % are gone", &[1, 2, 3][..])
    );

    client.ready().await.unwrap();
    let requests = tonic::Request::new(futures_util::stream::iter(["A", "B"].map(named)));
    let path = PathAndQuery::from_static("/hello.Greeter/GreetEach");
    let answers = client.streaming(requests, path, codec()).await.unwrap();
    let mut answers = answers.into_inner();
    for expected in ["Hello, A!", "Hello, B!"] {
        let answer = answers.message().await.unwrap().unwrap();
        assert_eq!(answer.message, expected);
    }
    assert!(answers.message().await.unwrap().is_none());
}
