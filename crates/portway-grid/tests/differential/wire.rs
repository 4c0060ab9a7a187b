//! One connection to one server, spoken to in requests.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use portway_ignite_protocol::{
    Dialect, EntryEvent, EventKind, Features, HandshakeRequest, HandshakeResponse, Incoming,
    Request, Version, decode_body, encode_request, split_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than any server takes, also a busy one.
const PATIENCE: Duration = Duration::from_secs(30);

const DIALECT: Dialect = Dialect {
    version: Version::LATEST,
    features: Features::NONE,
};

/// What a server answered.
pub(crate) type Answer = Result<Bytes, (i32, String)>;

pub(crate) struct Wire {
    stream: TcpStream,
    input: BytesMut,
    last_id: i64,
    answers: BTreeMap<i64, Answer>,
    pub(crate) events: Vec<EntryEvent>,
}

impl Wire {
    pub(crate) async fn connect(address: &str) -> Self {
        let mut wire = Self {
            stream: TcpStream::connect(address).await.unwrap(),
            input: BytesMut::new(),
            last_id: 0,
            answers: BTreeMap::new(),
            events: Vec::new(),
        };
        let request = HandshakeRequest::new(Version::LATEST, Features::NONE);
        let frame = request.to_frame().unwrap();
        wire.stream.write_all(&frame).await.unwrap();
        let payload = wire.frame().await;
        let response = HandshakeResponse::from_payload(&payload, Version::LATEST).unwrap();
        assert!(matches!(response, HandshakeResponse::Accepted { .. }));
        wire
    }

    /// Sends a request and answers its id.
    pub(crate) async fn send(&mut self, request: &Request) -> i64 {
        self.last_id += 1;
        let frame = encode_request(request, self.last_id, DIALECT).unwrap();
        self.stream.write_all(&frame).await.unwrap();
        self.last_id
    }

    /// The answer to a request, if it is there.
    pub(crate) fn take(&mut self, id: i64) -> Option<Answer> {
        self.answers.remove(&id)
    }

    /// Waits for the answer to a request; `None` if it does not come.
    pub(crate) async fn answer(&mut self, id: i64) -> Option<Answer> {
        let arrives = async {
            while !self.answers.contains_key(&id) {
                self.receive().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrives).await;
        self.take(id)
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&mut self, request: &Request) -> Answer {
        let id = self.send(request).await;
        self.answer(id).await.expect("a server answers")
    }

    /// Takes what has arrived within `time`.
    pub(crate) async fn receive_for(&mut self, time: Duration) {
        let _ = tokio::time::timeout(time, async {
            loop {
                self.receive().await;
            }
        })
        .await;
    }

    /// Waits until so many events have arrived, or for longer than any server takes.
    pub(crate) async fn await_events(&mut self, count: usize) {
        let arrive = async {
            while self.events.len() < count {
                self.receive().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrive).await;
    }

    /// As [`await_events`](Self::await_events), without counting those of expiry.
    pub(crate) async fn await_events_like(&mut self, count: usize) {
        let changes = |events: &[EntryEvent]| {
            let of_change = |event: &&EntryEvent| event.kind != EventKind::Expired;
            events.iter().filter(of_change).count()
        };
        let arrive = async {
            while changes(&self.events) < count {
                self.receive().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, arrive).await;
    }

    async fn receive(&mut self) {
        let payload = self.frame().await;
        let (incoming, body) = Incoming::from_payload(&payload, DIALECT).unwrap();
        match incoming {
            Incoming::Response(header) => {
                let answer = match header.error {
                    Some(error) => Err((error.status.0, error.message)),
                    None => Ok(body),
                };
                self.answers.insert(header.request_id, answer);
            }
            Incoming::Notification(_) => {
                let events: Vec<EntryEvent> = decode_body(&body, DIALECT).unwrap();
                self.events.extend(events);
            }
        }
    }

    /// The next frame.
    ///
    /// # Cancel safety
    /// What was read stays.
    async fn frame(&mut self) -> Bytes {
        loop {
            if let Some(payload) = split_frame(&mut self.input, usize::MAX).unwrap() {
                return payload;
            }
            let read = self.stream.read_buf(&mut self.input).await.unwrap();
            assert!(read > 0, "the server closed the connection");
        }
    }
}
