use std::{sync::Arc, time::Duration};

use portway_rpc::{
    Call, FramedChannel, FramedListener, FramedOptions, Open, Target,
    conformance::{
        Probe, Proxy, Running, Tried, TriedOverTcp, connected, probe, served, streaming, unary,
    },
};

use crate::authority::Authority;

/// How long the checks let calls finish: as long as they wait.
const DRAIN: Duration = Duration::from_secs(30);

/// What a message may have at most, and what is surely too much: the limit counts the whole frame.
const FITS: usize = 4_000_000;
const LIMIT: usize = 4 << 20;

async fn serve(probe: Probe, options: FramedOptions) -> (Running<()>, std::net::SocketAddr) {
    let listener = FramedListener::tcp("127.0.0.1:0", options).await.unwrap();
    let address = listener.address().unwrap();
    (Running::<()>::serve(probe, listener, DRAIN), address)
}

async fn connect(target: Target, options: FramedOptions) -> FramedChannel {
    FramedChannel::connect(target, options).await.unwrap()
}

struct Tcp;

impl Tried for Tcp {
    const NAME: &'static str = "framed TCP";
    type Channel = FramedChannel;

    async fn start(&self, probe: Probe) -> Running<FramedChannel> {
        let (running, address) = serve(probe, FramedOptions::new()).await;
        running.with(connect(Target::Tcp(address.to_string()), FramedOptions::new()).await)
    }
}

impl TriedOverTcp for Tcp {
    async fn start_behind(&self, probe: Probe) -> (Running<FramedChannel>, Proxy) {
        let options = FramedOptions::new().keepalive(Duration::from_millis(100));
        let (running, address) = serve(probe, options.clone()).await;
        let proxy = Proxy::before(address).await.unwrap();
        let channel = connect(Target::Tcp(proxy.address().to_string()), options).await;
        (running.with(channel), proxy)
    }
}

/// On a socket in a folder of its own.
struct Unix {
    folder: tempfile::TempDir,
}

impl Tried for Unix {
    const NAME: &'static str = "framed Unix";
    type Channel = FramedChannel;

    async fn start(&self, probe: Probe) -> Running<FramedChannel> {
        let path = self.folder.path().join("socket");
        let listener = FramedListener::unix(&path, FramedOptions::new()).unwrap();
        let running = Running::<()>::serve(probe, listener, DRAIN);
        running.with(connect(Target::Unix(path), FramedOptions::new()).await)
    }
}

/// Both sides prove who they are.
struct MutualTls {
    authority: Arc<Authority>,
}

impl MutualTls {
    fn options(&self) -> FramedOptions {
        FramedOptions::new().tls(self.authority.known_client())
    }
}

impl Tried for MutualTls {
    const NAME: &'static str = "framed TLS";
    type Channel = FramedChannel;

    async fn start(&self, probe: Probe) -> Running<FramedChannel> {
        let tls = self.authority.asking_server();
        let listener = FramedListener::tls("127.0.0.1:0", tls, FramedOptions::new());
        let listener = listener.await.unwrap();
        let target = format!("localhost:{}", listener.address().unwrap().port());
        let running = Running::<()>::serve(probe, listener, DRAIN);
        running.with(connect(Target::Tls(target), self.options()).await)
    }
}

impl TriedOverTcp for MutualTls {
    async fn start_behind(&self, probe: Probe) -> (Running<FramedChannel>, Proxy) {
        let interval = Duration::from_millis(100);
        let options = FramedOptions::new().keepalive(interval);
        let tls = self.authority.asking_server();
        let listener = FramedListener::tls("127.0.0.1:0", tls, options)
            .await
            .unwrap();
        let proxy = Proxy::before(listener.address().unwrap()).await.unwrap();
        let target = format!("localhost:{}", proxy.address().port());
        let running = Running::<()>::serve(probe, listener, DRAIN);
        let options = self.options().keepalive(interval);
        (
            running.with(connect(Target::Tls(target), options).await),
            proxy,
        )
    }
}

async fn all<T: Tried>(tried: &T)
where
    T::Channel: Call<probe::Echo>
        + Call<probe::Act>
        + Call<unary::Missing>
        + Open<probe::Count>
        + Open<probe::Collect>
        + Open<probe::Chat>,
{
    unary::all(tried).await;
    unary::unknown_methods_are_unimplemented(tried).await;
    unary::large_messages_pass(tried, FITS).await;
    unary::larger_messages_are_refused(tried, LIMIT).await;
    streaming::all(tried).await;
    served::all(tried).await;
}

#[tokio::test]
async fn calls_over_tcp() {
    all(&Tcp).await;
    connected::all(&Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_over_tcp_with_threads() {
    all(&Tcp).await;
}

#[tokio::test]
async fn calls_over_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    all(&Unix { folder }).await;
}

#[tokio::test]
async fn calls_inside_tls() {
    let authority = Arc::new(Authority::new());
    let tried = MutualTls { authority };
    all(&tried).await;
    connected::all(&tried).await;
}
