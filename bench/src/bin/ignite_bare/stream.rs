//! A plain stream, and the answers that are cut off it.

use std::time::Instant;

use anyhow::ensure;
use bench_client::{IN_FLIGHT, OneAtATime, Outcome, Stopwatch, Turn};
use portway_ignite::protocol::{Features, HandshakeRequest, Version};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::prepared::Prepared;

/// Length, request id, flags.
const ANSWER_HEADER: usize = 4 + 8 + 2;
const FLAG_ERROR: u8 = 1;

/// One connection.
pub(crate) struct Bare {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Bare {
    pub(crate) async fn connect(turn: &Turn) -> anyhow::Result<Self> {
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
    pub(crate) async fn ask(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(frame).await?;
        while self.take_answers()? == 0 {
            self.receive().await?;
        }
        Ok(())
    }

    /// Sends one frame after the other, each when the answer to the one before has come.
    pub(crate) async fn one_at_a_time(
        &mut self,
        turn: &Turn,
        mut frames: Prepared,
    ) -> anyhow::Result<Outcome> {
        let mut pace = OneAtATime::start(turn);
        while pace.next_key().is_some() {
            self.ask(frames.take(1)).await?;
        }
        Ok(pace.outcome())
    }

    /// Keeps so many requests on their way: for each answer that came, one more is written.
    pub(crate) async fn in_flight(
        &mut self,
        turn: &Turn,
        mut frames: Prepared,
    ) -> anyhow::Result<Outcome> {
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

fn frame_length(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<4>()?;
    Some(4 + u32::from_le_bytes(*header) as usize)
}
