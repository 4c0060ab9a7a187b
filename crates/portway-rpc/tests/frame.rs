//! The framed protocol as a state machine: what is written comes back, and two ends that talk to
//! each other in any order agree with a naive model.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{collections::BTreeMap, time::Duration};

use bytes::{Bytes, BytesMut};
use portway_rpc::{
    Code, Metadata, Status,
    frame::{
        Body, Chunks, ClientConnection, ClientEvent, Decoder, Frame, FrameError, Hello, Opening,
        Outbox, ServerConnection, ServerEvent, Settings,
    },
};
use proptest::prelude::*;

fn any_metadata() -> impl Strategy<Value = Metadata> {
    prop::collection::vec(("[a-z]{1,8}", "[ -~]{0,20}"), 0..4).prop_map(|entries| {
        let mut metadata = Metadata::new();
        for (name, value) in entries {
            metadata.append(name, value).unwrap();
        }
        metadata
    })
}

fn any_bytes() -> impl Strategy<Value = Option<Bytes>> {
    prop::option::of(prop::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from))
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let stream = any::<u32>();
    prop_oneof![
        (any::<u8>(), any::<u8>(), any::<u32>()).prop_map(|(lowest, highest, window)| {
            let settings = Settings::default().window(window);
            Frame::Hello(Hello {
                lowest,
                highest,
                settings,
            })
        }),
        (stream, "[a-zA-Z./]{0,40}").prop_map(|(number, path)| Frame::Method { number, path }),
        (
            stream,
            any::<u32>(),
            0..u64::MAX / 10,
            any_metadata(),
            any_bytes(),
            any::<bool>()
        )
            .prop_map(|(stream, method, timeout, metadata, message, end)| {
                let timeout = Duration::from_nanos(timeout);
                Frame::Request {
                    stream,
                    method,
                    timeout,
                    metadata,
                    message,
                    end,
                }
            }),
        (stream, any_bytes(), any::<bool>()).prop_map(|(stream, message, end)| Frame::Message {
            stream,
            message,
            end
        }),
        (stream, any_metadata()).prop_filter_map("LEADING has metadata", |(stream, metadata)| {
            (!metadata.is_empty()).then_some(Frame::Leading { stream, metadata })
        }),
        (stream, 0..17_u32, ".{0,40}", any_metadata()).prop_map(
            |(stream, code, text, metadata)| {
                let status = Status::new(Code::from_number(code), text).with_metadata(metadata);
                Frame::Status { stream, status }
            }
        ),
        stream.prop_map(|stream| Frame::Cancel { stream }),
        (stream, any::<u32>()).prop_map(|(stream, bytes)| Frame::Credit { stream, bytes }),
        any::<u64>().prop_map(Frame::Ping),
        any::<u64>().prop_map(Frame::Pong),
        (stream, 0..17_u32, ".{0,40}").prop_map(|(last, code, reason)| Frame::GoAway {
            last,
            code: Code::from_number(code),
            reason,
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_comes_back_however_it_is_cut(
        frames in prop::collection::vec(any_frame(), 1..8),
        cut in 1..50_usize,
    ) {
        let mut bytes = BytesMut::new();
        frames.iter().for_each(|frame| frame.encode(&mut bytes));
        let decoder = Decoder::new(1 << 20);
        let (mut buffer, mut read) = (BytesMut::new(), Vec::new());
        for part in bytes.chunks(cut) {
            buffer.extend_from_slice(part);
            while let Some(frame) = decoder.decode(&mut buffer).unwrap() {
                read.push(frame);
            }
        }
        prop_assert_eq!(format!("{frames:?}"), format!("{read:?}"));
    }

    #[test]
    fn both_ends_agree_with_a_naive_model(
        steps in prop::collection::vec((0..6_u8, any::<prop::sample::Index>(), 0..400_usize), 1..200),
    ) {
        let mut world = World::new();
        for (step, index, size) in steps {
            world.step(step, index, size);
            world.check();
        }
        world.deliver_all();
        world.check();
    }
}

/// Both ends, and what a naive model says of them.
struct World {
    client: ClientConnection<u32>,
    server: ServerConnection<u32>,
    /// Streams by number: bytes that the client sent and the server has received.
    model: BTreeMap<u32, (usize, usize)>,
    finished: u32,
}

const SETTINGS: u32 = 500;

impl World {
    fn new() -> Self {
        let settings = Settings::default().window(SETTINGS).maximum_streams(5);
        let mut world = Self {
            client: ClientConnection::new(settings),
            server: ServerConnection::new(settings),
            model: BTreeMap::new(),
            finished: 0,
        };
        world.deliver_all();
        world
    }

    fn step(&mut self, step: u8, index: prop::sample::Index, size: usize) {
        let streams: Vec<u32> = self.model.keys().copied().collect();
        let chosen = (!streams.is_empty()).then(|| *index.get(&streams));
        match (step, chosen) {
            (0, _) => self.open(),
            (1, Some(stream)) => self.send(stream, size),
            (2, Some(stream)) => self.end(stream),
            (3, Some(stream)) => self.give_up(stream),
            (4, _) => self.deliver_all(),
            _ => self.client.ping(u64::from(step)),
        }
    }

    fn open(&mut self) {
        let metadata = Metadata::new();
        let timeout = Duration::from_secs(1);
        let opening = Opening {
            service: "a.B",
            method: "C",
            timeout,
            metadata: &metadata,
        };
        assert_eq!(self.client.has_room(), self.model.len() < 5);
        if self.client.has_room() {
            let stream = self.client.open(opening, None, false, 0).unwrap();
            self.model.insert(stream, (0, 0));
        }
    }

    fn send(&mut self, stream: u32, size: usize) {
        if self.client.credit(stream).is_some_and(|credit| credit > 0) {
            self.client
                .send(stream, Body::Encoded(Bytes::from(vec![0; size]).into()))
                .unwrap();
            self.model.get_mut(&stream).unwrap().0 += size;
        }
    }

    /// The server ends the call, if it knows of it already.
    fn end(&mut self, stream: u32) {
        if self.server.attachment(stream).is_some() {
            self.server.end(stream, Status::not_found("model"));
            self.deliver_all();
            assert!(self.client.release(stream).is_some());
            self.model.remove(&stream);
            self.finished += 1;
        }
    }

    fn give_up(&mut self, stream: u32) {
        self.client.release(stream);
        self.model.remove(&stream);
        // The server hears of it before a new stream takes the place.
        self.deliver_all();
    }

    fn deliver_all(&mut self) {
        while !self.client.outbox().is_empty() || !self.server.outbox().is_empty() {
            for frame in taken(self.client.outbox()) {
                self.serve(frame);
            }
            for frame in taken(self.server.outbox()) {
                if let ClientEvent::Ended { status, .. } = self.client.receive(frame).unwrap() {
                    assert_eq!(status.code(), Code::NotFound);
                }
            }
        }
    }

    fn serve(&mut self, frame: Frame) {
        let sent_on = match &frame {
            Frame::Message { stream, .. } => *stream,
            _ => 0,
        };
        let received = match self.server.receive(frame).unwrap() {
            ServerEvent::Request { stream, .. } => {
                self.server.insert(stream, false, None, 0);
                return;
            }
            ServerEvent::Message { message, .. } => message.map_or(0, |message| message.len()),
            _ => return,
        };
        self.server
            .used_up(sent_on, portway_rpc::frame::cost(received));
        if let Some((_, arrived)) = self.model.get_mut(&sent_on) {
            *arrived += received;
        }
    }

    fn check(&mut self) {
        assert_eq!(self.client.open_streams(), self.model.len());
        if self.client.outbox().is_empty() {
            assert_eq!(self.server.open_streams(), self.model.len());
            for (sent, arrived) in self.model.values() {
                assert_eq!(sent, arrived);
            }
        }
    }
}

/// Takes what waits, as frames.
fn taken(outbox: &mut Outbox) -> Vec<Frame> {
    let mut chunks = Chunks::default();
    outbox.take(&mut chunks);
    let mut bytes = BytesMut::new();
    chunks
        .segments
        .iter()
        .for_each(|segment| bytes.extend_from_slice(segment));
    bytes.extend_from_slice(&chunks.tail);
    let decoder = Decoder::new(1 << 24);
    std::iter::from_fn(|| decoder.decode(&mut bytes).unwrap()).collect()
}

#[test]
fn every_malformed_frame_has_a_name() {
    let named = |bytes: &[u8]| {
        Decoder::new(100)
            .decode(&mut BytesMut::from(bytes))
            .unwrap_err()
    };
    assert!(matches!(
        named(&[0, 0, 0, 5, 1, 0, 0, 0, 0]),
        FrameError::Truncated { kind: 0 }
    ));
    let frame = |kind, flags, body: &[u8]| {
        let mut bytes = vec![0, 0, 0, 6 + body.len() as u8, kind, flags, 0, 0, 0, 1];
        bytes.extend_from_slice(body);
        named(&bytes)
    };
    assert_eq!(frame(12, 0, &[]), FrameError::UnknownKind { kind: 12 });
    assert_eq!(
        frame(7, 1, &[]),
        FrameError::UnknownFlags { kind: 7, flags: 1 }
    );
    assert_eq!(frame(8, 0, &[1, 2]), FrameError::Truncated { kind: 8 });
    assert_eq!(frame(7, 0, &[1]), FrameError::TrailingBytes { kind: 7 });
    assert_eq!(frame(2, 0, &[0xff]), FrameError::Text { kind: 2 });
    assert_eq!(frame(1, 0, b"PWRX"), FrameError::Magic);
    assert!(matches!(
        frame(5, 4, &[1, 1, b'A', 0, 0]),
        FrameError::Metadata { .. }
    ));
    assert!(matches!(
        named(&[0, 0, 1, 0]),
        FrameError::FrameTooLarge {
            length: 256,
            limit: 100
        }
    ));
}

#[test]
fn the_bytes_of_the_document() {
    let mut bytes = BytesMut::new();
    let message = Some(Bytes::from_static(b"hi"));
    Frame::Message {
        stream: 7,
        message,
        end: true,
    }
    .encode(&mut bytes);
    assert_eq!(bytes, [0, 0, 0, 8, 4, 3, 0, 0, 0, 7, b'h', b'i'][..]);
}
