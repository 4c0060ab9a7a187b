//! A server that does what its test tells it, right or wrong.

use bytes::{Bytes, BytesMut};
use portway_ignite::protocol::{
    BinaryConfiguration, Dialect, Features, HandshakeRequest, HandshakeResponse, IncomingRequest,
    KeyValueAction, KeyValueRequest, Layout, Operation, RawValue, Request, ResourceId, ServerError,
    Status, TopologyVersion, Version, WriteValue, encode_error, encode_notification,
    encode_response, split_frame,
};
use portway_ignite::{Cache, Client, ClientConfiguration, ReconnectPolicy};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// More than any test needs.
const FRAME_LIMIT: usize = 1 << 20;
/// Longer than anything here takes, shorter than anyone waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for a future, but not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it should happen soon")
}

/// Listens on a free port of the loopback address.
pub(crate) struct ScriptedServer {
    listener: TcpListener,
}

/// One connection of a client.
pub(crate) struct Peer {
    /// The id that the client was told.
    pub(crate) node: uuid::Uuid,
    stream: TcpStream,
    input: BytesMut,
    dialect: Dialect,
}

impl ScriptedServer {
    pub(crate) async fn start() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// A configuration for this server that gives up and comes back quickly.
    pub(crate) fn configuration(&self) -> ClientConfiguration {
        let pauses = ReconnectPolicy::new(Duration::from_millis(5), Duration::from_millis(20));
        ClientConfiguration::new([self.address()]).reconnect(pauses)
    }

    /// Accepts a connection without a word.
    pub(crate) async fn accept(&self) -> Peer {
        let (stream, _) = soon(self.listener.accept()).await.unwrap();
        Peer {
            node: uuid::Uuid::new_v4(),
            stream,
            input: BytesMut::new(),
            dialect: Dialect::default(),
        }
    }

    /// Accepts a connection and its handshake, without any feature.
    pub(crate) async fn welcome(&self) -> Peer {
        self.welcome_with(Features::NONE).await
    }

    pub(crate) async fn welcome_with(&self, features: Features) -> Peer {
        let peer = self.accept().await;
        peer.welcome(features).await
    }

    /// As [`welcome`](Self::welcome), in the name of a node that the client may know.
    pub(crate) async fn welcome_as(&self, node: uuid::Uuid) -> Peer {
        let peer = self.accept().await;
        Peer { node, ..peer }.welcome(Features::NONE).await
    }

    /// Connects a client to this server, without any feature.
    pub(crate) async fn connect(&self, configuration: ClientConfiguration) -> (Client, Peer) {
        let (client, peer) = tokio::join!(Client::connect(configuration), self.welcome());
        (client.unwrap(), peer)
    }
}

impl Peer {
    async fn welcome(self, features: Features) -> Peer {
        let mut peer = self;
        let request = peer.handshake().await;
        let features = features.intersection(request.features);
        peer.accept_handshake(Dialect {
            version: request.version,
            features,
        })
        .await;
        peer
    }

    /// The content of the next frame; `None` when the client has closed the connection.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(payload) = split_frame(&mut self.input, FRAME_LIMIT).unwrap() {
                return Some(payload);
            }
            // A client that closes with bytes unread resets the connection.
            if soon(self.stream.read_buf(&mut self.input))
                .await
                .unwrap_or(0)
                == 0
            {
                return None;
            }
        }
    }

    pub(crate) async fn handshake(&mut self) -> HandshakeRequest {
        HandshakeRequest::from_payload(&self.frame().await.unwrap()).unwrap()
    }

    pub(crate) async fn accept_handshake(&mut self, dialect: Dialect) {
        self.dialect = dialect;
        let node = (dialect.version >= Version::V1_4).then_some(self.node);
        let response = HandshakeResponse::Accepted {
            features: dialect.features,
            node,
        };
        self.send(&response.to_frame(dialect.version).unwrap())
            .await;
    }

    pub(crate) async fn refuse_handshake(&mut self, version: Version, status: Status, text: &str) {
        let message = text.to_owned();
        let response = HandshakeResponse::Refused {
            version,
            message,
            status,
        };
        self.send(&response.to_frame(Version::LATEST).unwrap())
            .await;
    }

    /// The next request; panics if the client closes instead.
    pub(crate) async fn request(&mut self) -> (i64, Request) {
        let payload = self.frame().await.expect("the client should ask something");
        let received = IncomingRequest::from_payload(&payload, self.dialect).unwrap();
        (
            received.header.request_id,
            received.request.expect("a known operation"),
        )
    }

    /// The next request, which must be one of a cache.
    pub(crate) async fn action(&mut self) -> (i64, KeyValueAction) {
        match self.request().await {
            (id, Request::KeyValue(KeyValueRequest { action, .. })) => (id, action),
            other => panic!("no operation of a cache: {other:?}"),
        }
    }

    /// The next request, which must be the release of a resource.
    pub(crate) async fn release(&mut self) -> ResourceId {
        match self.request().await {
            (_, Request::ResourceClose(id)) => id,
            other => panic!("no release: {other:?}"),
        }
    }

    pub(crate) async fn answer(&mut self, id: i64, body: &impl Layout) {
        self.answer_at(id, body, None).await;
    }

    /// Answers and tells of a new version of the topology.
    pub(crate) async fn answer_at(
        &mut self,
        id: i64,
        body: &impl Layout,
        topology: Option<TopologyVersion>,
    ) {
        self.send(&encode_response(body, id, topology, self.dialect).unwrap())
            .await;
    }

    /// The next request; `None` if the client has closed the connection.
    pub(crate) async fn next_request(&mut self) -> Option<(i64, Request)> {
        let payload = self.frame().await?;
        let received = IncomingRequest::from_payload(&payload, self.dialect).unwrap();
        Some((received.header.request_id, received.request?))
    }

    /// Answers the question by which a client makes sure that its continuous query is told of
    /// everything from now on.
    pub(crate) async fn confirm_listening(&mut self) {
        match self.request().await {
            (id, Request::CacheNames(())) => self.answer(id, &Vec::<String>::new()).await,
            other => panic!("no question behind a continuous query: {other:?}"),
        }
    }

    pub(crate) async fn fail(&mut self, id: i64, status: Status, text: &str) {
        let error = ServerError::new(status, text);
        self.send(&encode_error(error, id, None, self.dialect).unwrap())
            .await;
    }

    pub(crate) async fn notify(&mut self, resource: i64, body: &impl Layout) {
        let operation = Operation::ContinuousQueryEvent;
        let resource = ResourceId(resource);
        self.send(&encode_notification(body, resource, operation, self.dialect).unwrap())
            .await;
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.unwrap();
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn wait_for_close(&mut self) {
        while self.frame().await.is_some() {}
    }
}

/// The value as it travels.
pub(crate) fn raw<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}

/// The key of a `get`.
pub(crate) fn key_of(action: KeyValueAction) -> i32 {
    match action {
        KeyValueAction::Get { key } => key.read().unwrap(),
        other => panic!("no get: {other:?}"),
    }
}

pub(crate) fn numbers(client: &Client) -> Cache<i32, i32> {
    client.cache("numbers")
}
