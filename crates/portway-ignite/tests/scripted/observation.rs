//! What the client tells about itself while servers answer, refuse and vanish.

use std::io;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portway_ignite::{Client, RetryPolicy};
use portway_ignite::{ClientConfiguration, ClientEvent, NodeMetrics, OperationMetrics, Status};

use crate::server::{Peer, ScriptedServer, numbers, raw, soon};

fn operation(client: &Client, name: &str) -> OperationMetrics {
    let metrics = client.metrics();
    let found = metrics.operations.into_iter().find(|it| it.name == name);
    found.unwrap_or_else(|| panic!("{name} was not counted"))
}

fn node(client: &Client) -> NodeMetrics {
    client.metrics().nodes.remove(0)
}

/// Answers a `get`.
async fn serve_one(peer: &mut Peer) {
    let (id, _) = peer.action().await;
    peer.answer(id, &raw(&7_i32)).await;
}

#[tokio::test]
async fn operations_are_counted_with_their_errors_and_latencies() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        serve_one(&mut peer).await;
        let (id, _) = peer.action().await;
        peer.fail(id, Status::FAILED, "no").await;
    };
    let (one, two, ()) = tokio::join!(cache.get(&1), cache.get(&2), serve);
    assert!(one.is_ok() && two.is_err());
    let get = operation(&client, "get");
    assert_eq!((get.started, get.errors, get.in_flight), (2, 1, 0));
    assert_eq!((get.retries, get.cancelled), (0, 0));
    assert_eq!(get.latency.count(), 2);
    assert!(get.latency.total() > Duration::ZERO);
}

#[tokio::test]
async fn what_its_caller_drops_is_counted_as_cancelled() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let get = tokio::spawn({
        let cache = cache.clone();
        async move { cache.get(&1).await }
    });
    let (id, _) = peer.action().await;
    assert_eq!(operation(&client, "get").in_flight, 1);
    get.abort();
    let _ = get.await;
    let counted = operation(&client, "get");
    assert_eq!((counted.cancelled, counted.in_flight), (1, 0));
    assert_eq!(node(&client).in_flight, 1, "the node still works on it");
    peer.answer(id, &raw(&7_i32)).await;
    tokio::join!(cache.get(&1), serve_one(&mut peer)).0.unwrap();
    assert_eq!(node(&client).in_flight, 0);
}

#[tokio::test]
async fn a_node_is_counted_with_its_bytes_requests_and_connections() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let (value, ()) = tokio::join!(cache.get(&1), serve_one(&mut peer));
    value.unwrap();
    let counted = node(&client);
    assert_eq!(counted.address.to_string(), server.address());
    assert_eq!((counted.connections, counted.connected), (1, 1));
    assert_eq!((counted.requests, counted.errors), (1, 0));
    // The frame of a get: length, operation, id, cache, flags, key.
    assert_eq!(counted.bytes_sent, 4 + 2 + 8 + 4 + 1 + 5);
    // Its answer: length, id, flags, value.
    assert_eq!(counted.bytes_received, 4 + 8 + 2 + 5);
}

#[tokio::test]
async fn a_repeated_operation_and_a_replaced_connection_are_counted() {
    let server = ScriptedServer::start().await;
    let (client, mut peer) = server.connect(server.configuration()).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        drop(peer);
        let mut peer = server.welcome().await;
        serve_one(&mut peer).await;
        peer
    };
    let (value, _peer) = tokio::join!(cache.get(&1), serve);
    value.unwrap();
    let get = operation(&client, "get");
    assert_eq!((get.started, get.retries, get.errors), (1, 1, 0));
    let node = node(&client);
    assert_eq!(
        (node.connections, node.connected, node.reconnected),
        (1, 2, 1)
    );
    assert_eq!(node.in_flight, 0);
}

#[tokio::test]
async fn clients_of_one_configuration_are_counted_apart() {
    let server = ScriptedServer::start().await;
    let configuration = server.configuration();
    let (one, mut peer) = server.connect(configuration.clone()).await;
    let (other, _peer) = server.connect(configuration).await;
    let cache = numbers(&one);
    let (value, ()) = tokio::join!(cache.get(&1), serve_one(&mut peer));
    value.unwrap();
    assert_eq!(node(&one).requests, 1);
    assert_eq!(node(&other).requests, 0);
}

/// The names of the events that a listener heard, in order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn listen(&self, configuration: ClientConfiguration) -> ClientConfiguration {
        let heard = self.0.clone();
        configuration.listener(move |event: &ClientEvent<'_>| {
            let shown = format!("{event:?}");
            let name = shown.split([' ', '{']).next().unwrap_or_default();
            heard.lock().unwrap().push(name.to_owned());
        })
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_listener_hears_of_connections_requests_and_retries_in_order() {
    let server = ScriptedServer::start().await;
    let heard = Heard::default();
    let (client, mut peer) = server.connect(heard.listen(server.configuration())).await;
    let cache = numbers(&client);
    let serve = async {
        peer.action().await;
        drop(peer);
        let mut peer = server.welcome().await;
        serve_one(&mut peer).await;
        peer
    };
    let (value, mut peer) = tokio::join!(cache.get(&1), serve);
    value.unwrap();
    drop((cache, client));
    soon(peer.wait_for_close()).await;
    let first = ["Connecting", "Connected", "RequestStarted", "Disconnected"];
    let names = heard.names();
    assert_eq!(names[..4], first, "{names:?}");
    let mut later = names[4..].to_vec();
    // The caller and the supervisor hear of the loss at once.
    later.sort();
    let expected = [
        "Connected",
        "Connecting",
        "Disconnected",
        "RequestFinished",
        "Retry",
    ];
    assert_eq!(later, expected, "{names:?}");
}

#[tokio::test]
async fn a_listener_hears_why_a_node_cannot_be_reached() {
    let gone = ScriptedServer::start().await.address();
    let heard = Arc::new(Mutex::new(String::new()));
    let shared = heard.clone();
    let configuration =
        ClientConfiguration::new([&gone]).listener(move |event: &ClientEvent<'_>| {
            if let ClientEvent::ConnectFailed { error, .. } = event {
                *shared.lock().unwrap() = error.to_string();
            }
        });
    Client::connect(configuration).await.unwrap_err();
    assert!(heard.lock().unwrap().contains(&gone));
}

#[tokio::test]
async fn a_slow_request_is_told_with_its_node() {
    let server = ScriptedServer::start().await;
    let heard = Heard::default();
    let configuration = heard
        .listen(server.configuration())
        .slow_request(Duration::from_millis(20));
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    let dawdle = async {
        let (id, _) = peer.action().await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        peer.answer(id, &raw(&7_i32)).await;
    };
    let (value, ()) = tokio::join!(cache.get(&1), dawdle);
    value.unwrap();
    assert_eq!(heard.names().last().unwrap(), "SlowRequest");
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_operation_is_a_span_that_names_cache_node_and_attempts() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = ScriptedServer::start().await;
    let configuration = server
        .configuration()
        .retry(RetryPolicy::RetryAll)
        .attempts(NonZeroU32::MIN);
    let (client, mut peer) = server.connect(configuration).await;
    let cache = numbers(&client);
    // Another test may have met the span just before this one listened: tracing then keeps for all
    // threads that nobody does, until it is told to look again.
    let (first, ()) = tokio::join!(cache.get(&1), serve_one(&mut peer));
    first.unwrap();
    tracing::callsite::rebuild_interest_cache();
    let (value, ()) = tokio::join!(cache.get(&1), serve_one(&mut peer));
    value.unwrap();
    let shown = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let span = format!(
        r#"ignite{{operation="get" cache="numbers" node={} attempts=1}}"#,
        server.address()
    );
    assert!(shown.contains(&span), "{shown}");
}

#[tokio::test]
async fn a_listener_hears_that_the_client_was_closed() {
    let server = ScriptedServer::start().await;
    let heard = Heard::default();
    let (client, mut peer) = server.connect(heard.listen(server.configuration())).await;
    soon(client.close()).await;
    soon(peer.wait_for_close()).await;
    let names = heard.names();
    assert_eq!(names, ["Connecting", "Connected", "Disconnected"]);
    let node = node(&client);
    assert_eq!((node.connections, node.connected), (0, 1));
}
