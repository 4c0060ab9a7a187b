//! A grid on loopback and a client that sends what it likes.
#![allow(dead_code, reason = "each test file uses a part")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

#[cfg(unix)]
pub(crate) mod process;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use portway_grid::{Grid, GridConfiguration, ListenAddress, Listener};
use portway_ignite_protocol::{
    CacheHeader, CacheId, ContinuousQueryRequest, Credentials, Dialect, Features, HandshakeRequest,
    HandshakeResponse, Incoming, KeyValueAction, KeyValueRequest, Layout, RawValue, Request,
    Version, decode_body, encode_request, split_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Long enough for a busy machine; no test waits so long for what it expects.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const DIALECT: Dialect = Dialect {
    version: Version::LATEST,
    features: Features::NONE,
};

/// Ends a test that waits for what does not come.
pub(crate) async fn soon<T>(awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited)
        .await
        .expect("nothing came for 20 s")
}

/// Opens a grid and serves it on a free port.
pub(crate) async fn serve(configuration: GridConfiguration) -> (Grid, String) {
    let grid = Grid::open(configuration).unwrap();
    let address = listen(&grid).await;
    (grid, address)
}

pub(crate) async fn listen(grid: &Grid) -> String {
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    assert!(matches!(listener.address(), ListenAddress::Tcp(_)));
    grid.serve(listener);
    address
}

/// A connection that is spoken to in frames, or in anything else.
pub(crate) struct RawClient {
    pub(crate) stream: TcpStream,
    input: BytesMut,
    last_id: i64,
}

impl RawClient {
    /// Connects without a handshake.
    pub(crate) async fn dial(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self {
            stream,
            input: BytesMut::new(),
            last_id: 0,
        }
    }

    /// Connects with a handshake.
    pub(crate) async fn connect(address: &str) -> Self {
        let mut client = Self::dial(address).await;
        let response = client.handshake(None).await;
        assert!(
            matches!(response, HandshakeResponse::Accepted { .. }),
            "{response:?}"
        );
        client
    }

    pub(crate) async fn handshake(
        &mut self,
        credentials: Option<Credentials>,
    ) -> HandshakeResponse {
        let mut request = HandshakeRequest::new(Version::LATEST, Features::NONE);
        request.credentials = credentials;
        self.send(&request.to_frame().unwrap()).await;
        let payload = self.frame().await.expect("the handshake is answered");
        HandshakeResponse::from_payload(&payload, Version::LATEST).unwrap()
    }

    /// Sends bytes as they are.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends a request and answers its id.
    pub(crate) async fn request(&mut self, request: &Request) -> i64 {
        self.last_id += 1;
        let frame = encode_request(request, self.last_id, DIALECT).unwrap();
        self.send(&frame).await;
        self.last_id
    }

    /// The next frame's payload; `None` when the grid closed the connection.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(payload) = split_frame(&mut self.input, usize::MAX).unwrap() {
                return Some(payload);
            }
            match soon(self.stream.read_buf(&mut self.input)).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next message's header and body.
    pub(crate) async fn message(&mut self) -> (Incoming, Bytes) {
        let payload = self.frame().await.expect("the connection is open");
        Incoming::from_payload(&payload, DIALECT).unwrap()
    }

    /// Sends a request and reads its answer, which comes next.
    pub(crate) async fn ask<T: Layout>(&mut self, request: &Request) -> T {
        let id = self.request(request).await;
        let (Incoming::Response(header), body) = self.message().await else {
            panic!("an answer is expected, a notification came");
        };
        assert_eq!((header.request_id, header.error), (id, None));
        decode_body(&body, DIALECT).unwrap()
    }

    pub(crate) async fn create_cache(&mut self, name: &str) -> CacheHeader {
        self.ask::<()>(&Request::GetOrCreateCacheWithName(name.to_owned()))
            .await;
        CacheHeader::new(CacheId::of(name))
    }

    /// Whether the grid still serves this connection.
    pub(crate) async fn is_alive(&mut self) -> bool {
        self.request(&Request::Heartbeat(())).await;
        self.frame().await.is_some()
    }
}

/// Asks to be told of the changes of a cache, one by one.
pub(crate) fn listen_to(header: CacheHeader) -> Request {
    Request::ContinuousQuery(ContinuousQueryRequest {
        header,
        page_size: 1,
        time_interval: 0,
        include_expired: true,
        filter: None,
    })
}

pub(crate) fn put(header: CacheHeader, key: &RawValue, value: &RawValue) -> Request {
    let action = KeyValueAction::Put {
        key: key.clone(),
        value: value.clone(),
    };
    Request::KeyValue(KeyValueRequest { header, action })
}

pub(crate) fn get(header: CacheHeader, key: &RawValue) -> Request {
    Request::KeyValue(KeyValueRequest {
        header,
        action: KeyValueAction::Get { key: key.clone() },
    })
}

pub(crate) fn int(value: i32) -> RawValue {
    RawValue::encode(&value, Default::default())
}

pub(crate) fn text(length: usize) -> RawValue {
    RawValue::encode(&"x".repeat(length), Default::default())
}
