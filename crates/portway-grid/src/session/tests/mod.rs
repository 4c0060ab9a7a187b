//! Sessions driven by bytes, without a socket.

mod cluster;
mod data;
mod greeting;
mod invoke;
mod twisted;

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    BinaryConfiguration, BinaryField, BinaryType, CacheConfiguration, CacheHeader, CacheId,
    CachePartitions, CachePartitionsRequest, ClusterState, ContinuousQueryRequest,
    CreateCacheRequest, Credentials, Cursor, EndTransaction, Entry, Feature, Features,
    HandshakeRequest, HandshakeResponse, Incoming, KeyValueAction, KeyValueRequest, Layout,
    NodeDetails, NodeEndpoints, NodeEndpointsRequest, NodeId, NodeIds, NodeIdsRequest,
    PartitionGroup, Platform, Projection, RawValue, RemoteFilter, Request, ResourceId, ScanRequest,
    Status, Version, Writer, decode_body, encode_request, split_frame,
};

use super::*;
use crate::engine::{EngineLimits, NoJournal, Table};

const LIMITS: EngineLimits = EngineLimits {
    stored_bytes: 1 << 20,
    caches: 100,
    resources_per_connection: 2,
    transactions_per_connection: 2,
    tasks_per_connection: 2,
};

fn host() -> Host {
    Host {
        node: Uuid::from_u128(7),
        idle_timeout: None,
        durable: false,
        answer_bytes: 8192,
        statement_timeout: Duration::from_secs(30),
        sql: SharedSql::default(),
        functions: Functions::default(),
    }
}

/// A session and the engine behind it.
struct Peer {
    engine: Engine,
    host: Host,
    session: Session,
    /// What the last answer said of the topology.
    topology: Option<TopologyVersion>,
}

impl Peer {
    fn new(version: Version, features: Features) -> Self {
        let engine = Engine::new(Table::default(), Box::new(NoJournal), LIMITS).unwrap();
        let request = HandshakeRequest::new(version, features);
        let ends = Ends {
            local: Some("127.0.0.1:10800".parse().unwrap()),
            remote: None,
        };
        let payload = unframed(request.to_frame().unwrap());
        let Greeting::Accepted { session, .. } =
            greet(&payload, &host(), Admission::Anyone, ends).unwrap()
        else {
            panic!("the handshake was refused");
        };
        Self {
            engine,
            host: host(),
            session,
            topology: None,
        }
    }

    fn latest() -> Self {
        Self::new(Version::LATEST, Features::SUPPORTED)
    }

    fn with_cache(name: &str) -> (Self, CacheHeader) {
        let mut peer = Self::latest();
        peer.ask::<()>(&Request::CreateCacheWithName(name.to_owned()))
            .unwrap();
        (peer, CacheHeader::new(CacheId::of(name)))
    }

    fn ask<T: Layout>(&mut self, request: &Request) -> Result<T, ServerError> {
        let frame = encode_request(request, 42, self.session.dialect()).unwrap();
        let incoming =
            IncomingRequest::from_payload(&unframed(frame), self.session.dialect()).unwrap();
        self.answered(incoming)
    }

    /// The answer to a request that needs not wait.
    fn answer(&mut self, incoming: IncomingRequest) -> Answer {
        let reply = self
            .session
            .answer(incoming, &mut self.engine, &self.host, 1000);
        match reply {
            Reply::Answer(answer) => answer,
            other => panic!("it is not answered: {other:?}"),
        }
    }

    fn answered<T: Layout>(&mut self, incoming: IncomingRequest) -> Result<T, ServerError> {
        let answer = self.answer(incoming);
        let dialect = self.session.dialect();
        let (incoming, body) = Incoming::from_payload(&unframed(answer.frame), dialect).unwrap();
        let Incoming::Response(header) = incoming else {
            panic!("an answer is no notification")
        };
        assert_eq!(header.request_id, 42);
        assert_eq!(header.error.is_some(), answer.failed);
        self.topology = header.topology;
        match header.error {
            Some(error) => Err(error),
            None => Ok(decode_body(&body, dialect).unwrap()),
        }
    }

    fn status(&mut self, request: &Request) -> Status {
        self.ask::<Body>(request).unwrap_err().status
    }

    fn key_value<T: Layout>(
        &mut self,
        header: CacheHeader,
        action: KeyValueAction,
    ) -> Result<T, ServerError> {
        self.ask(&Request::KeyValue(KeyValueRequest { header, action }))
    }

    fn put(&mut self, header: CacheHeader, key: &RawValue, value: &RawValue) {
        let action = KeyValueAction::Put {
            key: key.clone(),
            value: value.clone(),
        };
        self.key_value::<()>(header, action).unwrap();
    }
}

fn unframed(frame: Bytes) -> Bytes {
    split_frame(&mut BytesMut::from(frame), usize::MAX)
        .unwrap()
        .unwrap()
}

fn raw(value: i32) -> RawValue {
    RawValue::encode(&value, BinaryConfiguration::default())
}

/// An object without fields; the grid never looks inside.
fn object() -> RawValue {
    let mut writer = Writer::new();
    for byte in [103, 1] {
        writer.u8(byte);
    }
    writer.i16(1);
    for number in [77, 1, 24, 0, 24] {
        writer.i32(number);
    }
    RawValue::from_bytes(&writer.into_bytes()).unwrap()
}
