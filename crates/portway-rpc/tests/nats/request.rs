//! Request and reply: the checks of every transport of calls.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_nats::ConnectOptions;
use portway_rpc::{
    Call, Code, NatsChannel, NatsListenOptions, NatsListener,
    conformance::{
        Item, Order, PATIENCE, Probe, Proxy, Running, Tried, TriedOverTcp, connected, probe,
        served, unary,
    },
    pattern::nats::{Nats, NatsOptions},
};

use super::brokers::nats::NatsServer;

/// What NATS allows by default, of which headers take a part.
const LIMIT: usize = 1 << 20;

/// One NATS server for all checks, which do not see each other: their subjects differ.
struct OverNats<'a> {
    server: &'a NatsServer,
    starts: AtomicU64,
}

impl<'a> OverNats<'a> {
    fn new(server: &'a NatsServer) -> Self {
        let starts = AtomicU64::new(0);
        Self { server, starts }
    }

    fn prefix(&self) -> String {
        format!("check{}", self.starts.fetch_add(1, Ordering::Relaxed))
    }

    async fn serve(&self, probe: Probe, prefix: &str) -> Running<()> {
        let nats = self.server.connect().await;
        let listener = NatsListener::new(&nats, NatsListenOptions::new().prefix(prefix));
        let ready = listener.ready();
        let running = Running::<()>::serve(probe, listener, PATIENCE);
        ready.await;
        running
    }
}

impl Tried for OverNats<'_> {
    const NAME: &'static str = "NATS";
    type Channel = NatsChannel;

    async fn start(&self, probe: Probe) -> Running<NatsChannel> {
        let prefix = self.prefix();
        let running = self.serve(probe, &prefix).await;
        let nats = self.server.connect().await;
        running.with(NatsChannel::new(&nats).await.unwrap().prefix(&prefix))
    }
}

impl TriedOverTcp for OverNats<'_> {
    async fn start_behind(&self, probe: Probe) -> (Running<NatsChannel>, Proxy) {
        let prefix = self.prefix();
        let running = self.serve(probe, &prefix).await;
        let server = SocketAddr::from(([127, 0, 0, 1], self.server.port()));
        let proxy = Proxy::before(server).await.unwrap();
        let options = ConnectOptions::new().ping_interval(Duration::from_millis(100));
        let options = NatsOptions::default().connection(options);
        let address = format!("nats://{}", proxy.address());
        let nats = Nats::connect_with(&address, options).await.unwrap();
        let channel = NatsChannel::new(&nats).await.unwrap().prefix(&prefix);
        (running.with(channel), proxy)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_nats() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let tried = OverNats::new(&server);
    unary::all(&tried).await;
    unary::unknown_methods_are_unimplemented(&tried).await;
    unary::large_messages_pass(&tried, LIMIT - 1024).await;
    unary::larger_messages_are_refused(&tried, LIMIT).await;
    served::all(&tried).await;
    connected::all(&tried).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_nobody_serves_is_unavailable_at_once() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let channel = NatsChannel::new(&nats).await.unwrap();
    let call = Call::<probe::Echo>::call(&channel, Item::default().into());
    let error = tokio::time::timeout(Duration::from_secs(5), call).await;
    let error = error.expect("it does not hang").unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("nobody serves it"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_of_one_group_share_the_requests() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let tried = OverNats::new(&server);
    let (first, second) = (Probe::new(), Probe::new());
    let _first = tried.serve(first.clone(), "group").await;
    let _second = tried.serve(second.clone(), "group").await;
    let nats = server.connect().await;
    let channel = NatsChannel::new(&nats).await.unwrap().prefix("group");
    for number in 0..200 {
        let item = Item {
            number,
            ..Item::default()
        };
        let answer = Call::<probe::Echo>::call(&channel, item.clone().into());
        assert_eq!(answer.await.unwrap(), item);
    }
    assert_eq!(first.begun() + second.begun(), 200);
    assert!(
        first.begun() > 20 && second.begun() > 20,
        "{first:?} {second:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_too_much_to_do_says_so() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let nats = server.connect().await;
    let listener = NatsListener::new(&nats, NatsListenOptions::new().concurrency(1));
    let (ready, probe) = (listener.ready(), Probe::new());
    let _running = Running::<()>::serve(probe.clone(), listener, Duration::ZERO);
    ready.await;
    let channel = NatsChannel::new(&nats).await.unwrap();
    let hanging = Order {
        hang: true,
        ..Order::default()
    };
    let held = channel.clone();
    let holder = tokio::spawn(async move { Call::<probe::Act>::call(&held, hanging.into()).await });
    while probe.begun() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = Call::<probe::Act>::call(&channel, Order::default().into())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("as many calls"), "{error}");
    holder.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_leaves_its_group_is_missed_by_nobody() {
    let Some(server) = NatsServer::start() else {
        return;
    };
    let tried = OverNats::new(&server);
    let (first, second) = (Probe::new(), Probe::new());
    let leaving = tried.serve(first.clone(), "group").await;
    let _staying = tried.serve(second.clone(), "group").await;
    let nats = server.connect().await;
    let channel = NatsChannel::new(&nats).await.unwrap().prefix("group");
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (channel, first, second) = (channel.clone(), first.clone(), second.clone());
        callers.spawn(async move {
            // Each makes some calls after the one has left: its count stands still.
            let (mut calls, mut after) = (0, 0);
            let mut before = u64::MAX;
            while after < 500 {
                Call::<probe::Echo>::call(&channel, Item::default().into())
                    .await
                    .unwrap();
                calls += 1;
                let now = first.begun();
                after = if now == before && now > 0 {
                    after + 1
                } else {
                    0
                };
                before = now;
            }
            assert!(second.begun() > 0);
            calls
        });
    }
    while first.begun() < 1000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    leaving.stop().await;
    let mut calls = 0;
    while let Some(ended) = callers.join_next().await {
        calls += ended.expect("every call is answered");
    }
    assert_eq!(first.begun() + second.begun(), calls);
}
