//! What is known of a request whose connection was lost before it was reported as written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use portway_ignite_protocol::{Dialect, Request};
use tokio::io::{AsyncReadExt, AsyncWrite, DuplexStream, Join, join};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::connection::opening::Parts;
use crate::connection::{Agreement, Connection, Leaves};
use crate::error::{Delivery, Error};
use crate::transport::{Stream, Transport};

/// How long the driver waits for a node that takes nothing.
const PATIENCE: Duration = Duration::from_millis(50);

/// Rings when it is given bytes, and never reports that it has written them.
struct Silent(Arc<Notify>);

impl AsyncWrite for Silent {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        self.0.notify_one();
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Stream for Join<DuplexStream, Silent> {}

/// A connection whose writer takes nothing, the bell that it rings, and the node's end.
fn silent_connection(sends_ahead: bool) -> (Connection, Arc<Notify>, DuplexStream) {
    let address = Address::tcp("grid", 1);
    let configuration = ClientConfiguration::new(["grid:1"]).request_timeout(PATIENCE);
    let agreement = Agreement {
        dialect: Dialect::default(),
        node: None,
    };
    let traffic = configuration.observer.connecting(&address);
    let traffic = traffic.connected(&agreement);
    let (node, here) = tokio::io::duplex(1);
    let given = Arc::new(Notify::new());
    let transport = Transport {
        sends_ahead,
        ..Transport::new(Box::new(join(here, Silent(given.clone()))))
    };
    let parts = Parts::new(&configuration);
    let connection = Connection::start(
        &address,
        &configuration,
        parts,
        transport,
        agreement,
        traffic,
    );
    (connection, given, node)
}

/// How a request is lost that the writer got and did not report as written.
async fn loss(sends_ahead: bool) -> Delivery {
    let (connection, given, node) = silent_connection(sends_ahead);
    let request = Request::CacheNames(());
    let request = connection.request("cache_names", &request, Leaves::Nothing);
    let cut = async {
        given.notified().await;
        drop(node);
    };
    let both = async { tokio::join!(request, cut).0 };
    let outcome = timeout(Duration::from_secs(10), both).await;
    match outcome.expect("the loss is told soon") {
        Err(Error::ConnectionLost { delivery, .. }) => delivery,
        other => panic!("the connection was cut: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_writer_that_sends_ahead_holds_may_have_been_delivered() {
    assert_eq!(loss(true).await, Delivery::Unknown);
}

#[tokio::test]
async fn what_a_socket_did_not_take_was_not_delivered() {
    assert_eq!(loss(false).await, Delivery::NotSent);
}

#[tokio::test]
async fn a_connection_that_nobody_wants_ends_although_its_node_takes_nothing() {
    let (connection, given, mut node) = silent_connection(false);
    let request = Request::CacheNames(());
    let request = connection.submit("cache_names", &request, Leaves::Nothing);
    let submitted = request.await.expect("there is room");
    given.notified().await;
    drop((submitted, connection));
    let ended = timeout(Duration::from_secs(10), node.read(&mut [0])).await;
    assert_eq!(ended.expect("it ends in time").expect("it is closed"), 0);
}
