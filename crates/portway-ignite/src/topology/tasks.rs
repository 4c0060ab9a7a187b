//! What the worker waits for, each as a future that ends with an event.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{
    BinaryType, CacheId, CachePartitions, CachePartitionsRequest, Feature, Layout, NodeEndpoints,
    NodeEndpointsRequest, NodeId, Request, TopologyVersion, decode_body,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::connection::{Connection, Leaves, Reply};
use crate::error::Error;
use crate::seldom::Seldom;

use super::members::Dial;
use super::seek::{Round, Sought, named_addresses};

/// The worker takes the first connection into use only after this, and then looks for other nodes and
/// asks for the grid's topology, so that a program that wants one answer and ends gets it sooner, and
/// never pays for the rest.
const SETTLE: Duration = Duration::from_millis(10);

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    Sought(Sought),
    Dialed(Dial, Result<Connection, Error>),
    /// A connection told of a topology version.
    Topology(u64),
    Ended(u64, Error),
    Partitions(Result<CachePartitions, Error>),
    Endpoints(Result<NodeEndpoints, Error>),
    Found(Result<Vec<Address>, Error>),
    DataCenter(Result<Vec<NodeId>, Error>),
    Service(Arc<str>, Result<Vec<NodeId>, Error>),
    Type(Result<Option<BinaryType>, Error>),
}

/// What the client found at its start, and when; a while after that.
///
/// It is waited for from the beginning of the search on. So a timer is set while the node is busy with
/// the handshake, and not behind the first request, where the node's thread may be waiting for our
/// processor.
pub(super) async fn first(found: oneshot::Receiver<(Sought, Instant)>) -> Event {
    sleep(SETTLE).await;
    let Ok((sought, since)) = found.await else {
        // Nothing was found, and there will be no client.
        return pending().await;
    };
    sleep_until(since + SETTLE).await;
    Event::Sought(sought)
}

pub(super) async fn seek(configuration: Arc<ClientConfiguration>, round: Round) -> Event {
    let run = async || round.run(&configuration, &mut || {}).await;
    Event::Sought(Seldom::new(run).await)
}

pub(super) async fn dial(configuration: Arc<ClientConfiguration>, dial: Dial) -> Event {
    let open = async || Connection::open(&dial.address, &configuration, &mut || {}).await;
    let opened = Seldom::new(open).await;
    Event::Dialed(dial, opened)
}

/// Waits for the next thing that a connection tells by itself, such as another topology than was
/// `seen`.
pub(super) async fn watch(
    connection: Connection,
    serial: u64,
    seen: Option<TopologyVersion>,
) -> Event {
    let mut topology = connection.topology();
    tokio::select! {
        Ok(_) = topology.wait_for(|version| *version > seen) => Event::Topology(serial),
        error = connection.ended() => Event::Ended(serial, error),
    }
}

pub(super) async fn find_addresses(configuration: Arc<ClientConfiguration>) -> Event {
    Event::Found(named_addresses(&configuration).await)
}

pub(super) async fn ask_partitions(
    connection: Connection,
    configuration: Arc<ClientConfiguration>,
    caches: Box<[CacheId]>,
) -> Event {
    let request = Request::CachePartitions(CachePartitionsRequest {
        custom_mappings: configuration.topology.partition_mapper.is_some(),
        data_center: configuration.topology.data_center.clone(),
        caches: caches.into(),
    });
    let name = "the partitions of caches";
    Event::Partitions(ask(&connection, &configuration, name, request).await)
}

pub(super) async fn ask_endpoints(
    connection: Connection,
    configuration: Arc<ClientConfiguration>,
) -> Event {
    let request = Request::NodeEndpoints(NodeEndpointsRequest {
        from_topology: -1,
        to_topology: -1,
    });
    let name = "the addresses of the nodes";
    Event::Endpoints(ask(&connection, &configuration, name, request).await)
}

pub(super) async fn ask_data_center(
    connection: Connection,
    configuration: Arc<ClientConfiguration>,
    data_center: String,
) -> Event {
    let request = Request::DataCenterNodes(data_center);
    let name = "the nodes of a data centre";
    Event::DataCenter(ask(&connection, &configuration, name, request).await)
}

pub(super) async fn ask_service(
    connection: Connection,
    configuration: Arc<ClientConfiguration>,
    service: Arc<str>,
) -> Event {
    let request = Request::ServiceNodes(service.to_string());
    let name = "the nodes of a service";
    let nodes = ask(&connection, &configuration, name, request).await;
    Event::Service(service, nodes)
}

pub(super) async fn ask_type(
    connection: Connection,
    configuration: Arc<ClientConfiguration>,
    type_id: i32,
) -> Event {
    let request = Request::BinaryType(type_id);
    Event::Type(ask(&connection, &configuration, "read a binary type", request).await)
}

/// Whether a connection's node knows a feature.
pub(super) fn knows(connection: &Connection, feature: Feature) -> bool {
    connection.agreement().dialect.has(feature)
}

async fn ask<T: Layout>(
    connection: &Connection,
    configuration: &ClientConfiguration,
    name: &'static str,
    request: Request,
) -> Result<T, Error> {
    // One future for all questions, not a copy of it in the task of each.
    let reply = Seldom::new(|| answer(connection, configuration, name, request)).await?;
    decode_body(&reply.body, connection.agreement().dialect).map_err(|source| Error::Decode {
        operation: name,
        source,
    })
}

async fn answer(
    connection: &Connection,
    configuration: &ClientConfiguration,
    name: &'static str,
    request: Request,
) -> Result<Reply, Error> {
    let limit = configuration.request_timeout;
    let reply = timeout(limit, connection.request(name, &request, Leaves::Nothing)).await;
    reply.map_err(|_| {
        connection.doubt();
        Error::TimedOut {
            operation: name,
            limit,
        }
    })?
}
