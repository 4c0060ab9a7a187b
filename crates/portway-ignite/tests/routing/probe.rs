//! One connection to one node, made of nothing but the protocol: it knows what that node holds.

use bytes::BytesMut;
use portway_ignite::protocol::{
    CacheHeader, CacheId, Dialect, Features, HandshakeRequest, HandshakeResponse, Incoming,
    KeyValueAction, KeyValueRequest, RawValue, Request, Version, decode_body, encode_request,
    split_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// More than any answer here has.
const FRAME_LIMIT: usize = 1 << 20;

pub(crate) struct Probe {
    pub(crate) node: Uuid,
    stream: TcpStream,
    input: BytesMut,
    dialect: Dialect,
}

impl Probe {
    pub(crate) async fn connect(address: &str) -> Self {
        let mut probe = Self {
            node: Uuid::nil(),
            stream: TcpStream::connect(address).await.unwrap(),
            input: BytesMut::new(),
            dialect: Dialect {
                version: Version::LATEST,
                features: Features::NONE,
            },
        };
        let request = HandshakeRequest::new(Version::LATEST, Features::NONE);
        probe
            .stream
            .write_all(&request.to_frame().unwrap())
            .await
            .unwrap();
        let answer = probe.frame().await;
        match HandshakeResponse::from_payload(&answer, Version::LATEST).unwrap() {
            HandshakeResponse::Accepted { node, .. } => probe.node = node.unwrap(),
            refused => panic!("{refused:?}"),
        }
        probe
    }

    /// Whether the node itself holds a copy of an entry.
    pub(crate) async fn holds(&mut self, cache: &str, key: &RawValue) -> bool {
        let action = KeyValueAction::LocalPeek { key: key.clone() };
        let header = CacheHeader::new(CacheId::of(cache));
        let request = Request::KeyValue(KeyValueRequest { header, action });
        let frame = encode_request(&request, 1, self.dialect).unwrap();
        self.stream.write_all(&frame).await.unwrap();
        let payload = self.frame().await;
        match Incoming::from_payload(&payload, self.dialect).unwrap() {
            (Incoming::Response(header), body) => {
                assert_eq!(header.error, None);
                let value: RawValue = decode_body(&body, self.dialect).unwrap();
                !value.is_null()
            }
            (other, _) => panic!("{other:?}"),
        }
    }

    async fn frame(&mut self) -> bytes::Bytes {
        loop {
            if let Some(payload) = split_frame(&mut self.input, FRAME_LIMIT).unwrap() {
                return payload;
            }
            assert_ne!(self.stream.read_buf(&mut self.input).await.unwrap(), 0);
        }
    }
}
