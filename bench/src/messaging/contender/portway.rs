//! Ours: protocol buffers, deadlines and cancellation on.

use std::net::SocketAddr;

use portway_rpc::{
    AnyTransport, Call, Context, FramedChannel, FramedListener, FramedOptions, Handle,
    HandleStream, InProcess, Method, Open, PayloadField, Protobuf, Receiving, Request, Sending,
    Server, Service, Shape, Status, Target, Visit,
};
use tokio::net::TcpListener;

use crate::messaging::load::{Load, Progress, Sample, repeat, sides};

/// The message of all contenders that have one.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Payload {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) body: bytes::Bytes,
}

impl Payload {
    pub(crate) fn of(size: usize) -> Self {
        Self {
            body: vec![1; size].into(),
        }
    }
}

/// What `portway_rpc_build::Builder::payload` makes of it.
const BODY: Option<PayloadField<Payload>> = Some(PayloadField::new(1, |message| &mut message.body));

pub(super) struct Echo;
pub(super) struct Flow;

impl Method for Echo {
    type Request = Payload;
    type Response = Payload;
    type Codec = Protobuf;
    const SERVICE: &'static str = "bench.Bench";
    const NAME: &'static str = "Echo";
    const SHAPE: Shape = Shape::Unary;
    const REQUEST_PAYLOAD: Option<PayloadField<Payload>> = BODY;
    const RESPONSE_PAYLOAD: Option<PayloadField<Payload>> = BODY;
}

impl Method for Flow {
    type Request = Payload;
    type Response = Payload;
    type Codec = Protobuf;
    const SERVICE: &'static str = "bench.Bench";
    const NAME: &'static str = "Flow";
    const SHAPE: Shape = Shape::ServerStreaming;
}

pub(super) struct Bench;

impl Handle<Echo> for Bench {
    async fn handle(&self, _context: Context, request: Payload) -> Result<Payload, Status> {
        Ok(request)
    }
}

impl HandleStream<Flow> for Bench {
    async fn handle_stream(
        &self,
        _context: Context,
        mut requests: Receiving<Payload>,
        mut responses: Sending<Payload>,
    ) -> Result<(), Status> {
        let message = requests.only().await?;
        loop {
            responses.send(message.clone()).await?;
        }
    }
}

impl Service for Bench {
    type Reach = AnyTransport;
    const NAME: &'static str = "bench.Bench";
    fn visit<V: Visit<Self>>(visitor: &mut V) {
        visitor.unary::<Echo>();
        visitor.streaming::<Flow>();
    }
}

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let listener = FramedListener::from_tcp(listener, FramedOptions::new());
    let server = Server::builder().service(Bench).listen(listener);
    Ok(server.serve(std::future::pending()).await?)
}

async fn connect(address: SocketAddr) -> anyhow::Result<FramedChannel> {
    let target = Target::Tcp(address.to_string());
    Ok(FramedChannel::connect(target, FramedOptions::new()).await?)
}

pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    calls_over(load, serve, connect)
}

pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    one_way_over(load, serve, connect)
}

/// Round trips over any transport of ours.
pub(super) fn calls_over<S, C, Channel>(
    load: Load,
    serve: impl FnOnce(TcpListener) -> S + Send + 'static,
    connect: impl FnOnce(SocketAddr) -> C + Send + 'static,
) -> anyhow::Result<Sample>
where
    S: Future<Output = anyhow::Result<()>> + Send + 'static,
    C: Future<Output = anyhow::Result<Channel>> + Send + 'static,
    Channel: Call<Echo> + Clone + Send + Sync + 'static,
{
    sides(load, serve, move |address, progress: Progress| async move {
        let channel = connect(address).await?;
        let message = Payload::of(load.size);
        repeat(load.depth, progress, move || {
            let (channel, message) = (channel.clone(), message.clone());
            async move {
                Call::<Echo>::call(&channel, Request::new(message)).await?;
                Ok(())
            }
        })
        .await
    })
}

/// Messages of a server in one direction, over any transport of ours.
pub(super) fn one_way_over<S, C, Channel>(
    load: Load,
    serve: impl FnOnce(TcpListener) -> S + Send + 'static,
    connect: impl FnOnce(SocketAddr) -> C + Send + 'static,
) -> anyhow::Result<Sample>
where
    S: Future<Output = anyhow::Result<()>> + Send + 'static,
    C: Future<Output = anyhow::Result<Channel>> + Send + 'static,
    Channel: Open<Flow> + Send + Sync + 'static,
{
    sides(load, serve, move |address, progress: Progress| async move {
        let channel = connect(address).await?;
        let request = Request::new(Some(Payload::of(load.size)));
        let (_requests, mut responses) = Open::<Flow>::open(&channel, request).await?;
        while !progress.is_over() {
            responses.receive().await?;
            progress.add(1);
        }
        Ok(())
    })
}

/// How many calls are made between looks at the clock.
const BATCH: u64 = 1000;

fn within(load: Load, channel: InProcess<Bench>) -> anyhow::Result<Sample> {
    let server = |_listener| std::future::pending::<anyhow::Result<()>>();
    sides(
        load,
        server,
        move |_address, progress: Progress| async move {
            let message = Payload::of(load.size);
            while !progress.is_over() {
                for _ in 0..BATCH {
                    Call::<Echo>::call(&channel, Request::new(message.clone())).await?;
                }
                progress.add(BATCH);
                tokio::task::yield_now().await;
            }
            Ok(())
        },
    )
}

pub(crate) fn ready(load: Load) -> anyhow::Result<Sample> {
    within(load, InProcess::new(Bench))
}

pub(crate) fn tasks(load: Load) -> anyhow::Result<Sample> {
    within(load, InProcess::new(Bench).across_tasks())
}
