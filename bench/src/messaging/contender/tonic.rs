//! Plain tonic with its own transport, and the code that its generator would write.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    client,
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

use crate::messaging::{
    contender::portway::Payload,
    load::{Load, Progress, Sample, repeat, sides},
};

/// The deadline of each call: ours has the same.
const DEADLINE: Duration = Duration::from_secs(30);

type Codec = ProstCodec<Payload, Payload>;

#[derive(Clone)]
struct Bench;

impl NamedService for Bench {
    const NAME: &'static str = "bench.Bench";
}

struct Echo;

impl UnaryService<Payload> for Echo {
    type Response = Payload;
    type Future = Ready<Result<Response<Payload>, Status>>;

    fn call(&mut self, request: Request<Payload>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

struct Flow;

/// The same message for ever.
type Flowing = tokio_stream::Iter<
    std::iter::Map<std::iter::Repeat<Payload>, fn(Payload) -> Result<Payload, Status>>,
>;

impl ServerStreamingService<Payload> for Flow {
    type Response = Payload;
    type ResponseStream = Flowing;
    type Future = Ready<Result<Response<Flowing>, Status>>;

    fn call(&mut self, request: Request<Payload>) -> Self::Future {
        let sound: fn(Payload) -> Result<Payload, Status> = Ok;
        let messages = std::iter::repeat(request.into_inner()).map(sound);
        ready(Ok(Response::new(tokio_stream::iter(messages))))
    }
}

impl tower_service::Service<http::Request<Body>> for Bench {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(Codec::default());
            Ok(match request.uri().path() {
                "/bench.Bench/Echo" => grpc.unary(Echo, request).await,
                "/bench.Bench/Flow" => grpc.server_streaming(Flow, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder().add_service(Bench);
    Ok(server.serve_with_incoming(incoming).await?)
}

async fn connect(address: std::net::SocketAddr) -> anyhow::Result<client::Grpc<Channel>> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?;
    Ok(client::Grpc::new(endpoint.connect().await?))
}

fn request(message: Payload) -> Request<Payload> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    sides(load, serve, move |address, progress: Progress| async move {
        let client = connect(address).await?;
        let message = Payload::of(load.size);
        repeat(load.depth, progress, move || {
            let (mut client, message) = (client.clone(), message.clone());
            async move {
                client.ready().await?;
                let path = PathAndQuery::from_static("/bench.Bench/Echo");
                client
                    .unary(request(message), path, Codec::default())
                    .await?;
                Ok(())
            }
        })
        .await
    })
}

pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    sides(load, serve, move |address, progress: Progress| async move {
        let mut client = connect(address).await?;
        client.ready().await?;
        let path = PathAndQuery::from_static("/bench.Bench/Flow");
        let request = request(Payload::of(load.size));
        let answers = client.server_streaming(request, path, Codec::default());
        let mut answers = answers.await?.into_inner();
        while !progress.is_over() {
            answers.message().await?;
            progress.add(1);
        }
        Ok(())
    })
}
