//! The bound for any client: prepared frames over a plain stream, answers only counted.

use std::{process::ExitCode, time::Instant};

use anyhow::{bail, ensure};
use bench_client::{CACHE, IN_FLIGHT, KEYS, OneAtATime, Outcome, Stopwatch, Turn, VALUE, client};
use portway_ignite::protocol::{
    BinaryConfiguration, CacheHeader, CacheId, Dialect, Features, HandshakeRequest, KeyValueAction,
    KeyValueRequest, RawValue, Request, Version, encode_request,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime,
};

const DIALECT: Dialect = Dialect {
    version: Version::LATEST,
    features: Features::NONE,
};
/// Length, request id, flags.
const ANSWER_HEADER: usize = 4 + 8 + 2;
const FLAG_ERROR: u8 = 1;

/// A stream and the answers that are cut off it.
struct Bare {
    stream: TcpStream,
    input: Vec<u8>,
}

/// One frame for each key, all equally long.
struct Prepared {
    frames: Vec<u8>,
    length: usize,
    next: usize,
}

fn main() -> ExitCode {
    client(|turn| {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(carry_out(turn))
    })
}

async fn carry_out(turn: &Turn) -> anyhow::Result<Outcome> {
    let mut bare = Bare::connect(turn).await?;
    let mut puts = Prepared::new(|key| KeyValueAction::Put {
        key,
        value: raw(VALUE),
    })?;
    match turn.line.as_str() {
        "latency" | "threads" => {
            let mut pace = OneAtATime::start(turn);
            while pace.next_key().is_some() {
                bare.ask(puts.take(1)).await?;
            }
            Ok(pace.outcome())
        }
        "put" => bare.in_flight(turn, puts).await,
        "get" => {
            let gets = Prepared::new(|key| KeyValueAction::Get { key })?;
            bare.in_flight(turn, gets).await
        }
        other => bail!("no line {other}"),
    }
}

impl Bare {
    async fn connect(turn: &Turn) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(turn.address()?).await?;
        stream.set_nodelay(true)?;
        let mut bare = Self {
            stream,
            input: Vec::new(),
        };
        let handshake = HandshakeRequest::new(Version::LATEST, Features::NONE);
        bare.stream.write_all(&handshake.to_frame()?).await?;
        while frame_length(&bare.input).is_none_or(|length| bare.input.len() < length) {
            bare.stream.read_buf(&mut bare.input).await?;
        }
        bare.input.clear();
        Ok(bare)
    }

    /// Sends one frame and waits for one answer.
    async fn ask(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(frame).await?;
        while self.take_answers()? == 0 {
            self.receive().await?;
        }
        Ok(())
    }

    /// Keeps so many requests on their way: for each answer that came, one more is written.
    async fn in_flight(&mut self, turn: &Turn, mut frames: Prepared) -> anyhow::Result<Outcome> {
        self.stream.write_all(frames.take(IN_FLIGHT)).await?;
        let warm_until = Instant::now() + turn.warm_up();
        while Instant::now() < warm_until {
            self.exchange(&mut frames).await?;
        }
        let watch = Stopwatch::start();
        let until = Instant::now() + turn.duration;
        let mut operations = 0;
        while Instant::now() < until {
            operations += self.exchange(&mut frames).await?;
        }
        Ok(watch.stop(operations))
    }

    async fn exchange(&mut self, frames: &mut Prepared) -> anyhow::Result<u64> {
        self.receive().await?;
        let answers = self.take_answers()?;
        self.stream.write_all(frames.take(answers)).await?;
        Ok(answers as u64)
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        self.input.reserve(64 << 10);
        let read = self.stream.read_buf(&mut self.input).await?;
        ensure!(read > 0, "the node closed the connection");
        Ok(())
    }

    /// Counts the whole answers and forgets them.
    fn take_answers(&mut self) -> anyhow::Result<usize> {
        let (mut count, mut start) = (0, 0);
        while let Some(length) = frame_length(&self.input[start..]) {
            let Some(answer) = self.input.get(start..start + length) else {
                break;
            };
            ensure!(length >= ANSWER_HEADER, "an answer without a header");
            ensure!(
                answer[12] & FLAG_ERROR == 0,
                "the node answered with an error"
            );
            (count, start) = (count + 1, start + length);
        }
        self.input.drain(..start);
        Ok(count)
    }
}

impl Prepared {
    fn new(action: impl Fn(RawValue) -> KeyValueAction) -> anyhow::Result<Self> {
        let header = CacheHeader::new(CacheId::of(CACHE));
        let mut frames = Vec::new();
        for key in 0..KEYS {
            let action = action(raw(&key));
            let request = Request::KeyValue(KeyValueRequest { header, action });
            frames.extend_from_slice(&encode_request(&request, key, DIALECT)?);
        }
        let length = frames.len() / KEYS as usize;
        // The first ones once more, so that any number up to the limit is one slice.
        frames.extend_from_within(..IN_FLIGHT * length);
        Ok(Self {
            frames,
            length,
            next: 0,
        })
    }

    /// The next frames, at most [`IN_FLIGHT`].
    fn take(&mut self, count: usize) -> &[u8] {
        let start = self.next;
        self.next = (start + count) % KEYS as usize;
        &self.frames[start * self.length..(start + count) * self.length]
    }
}

fn frame_length(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<4>()?;
    Some(4 + u32::from_le_bytes(*header) as usize)
}

fn raw<T: portway_ignite::WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}
