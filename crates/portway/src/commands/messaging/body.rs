//! The bodies of messages: arguments or lines of standard input.

use bytes::{Bytes, BytesMut};
use portway_rpc::{Codec, Status};
use tokio::{io::AsyncBufReadExt as _, sync::mpsc};

use crate::failure::Advised;

/// Lines that are read ahead of what is sent.
const READ_AHEAD: usize = 64;

/// The longest line that is taken for a body: what brokers take by default.
const LONGEST_LINE: usize = 1 << 20;

/// JSON as text, checked on its way out.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonText;

impl Codec<Bytes> for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";

    fn size_hint(message: &Bytes) -> usize {
        message.len()
    }

    fn encode(message: &Bytes, buffer: &mut BytesMut) -> Result<(), Status> {
        check(message)?;
        buffer.extend_from_slice(message);
        Ok(())
    }

    fn decode(bytes: Bytes) -> Result<Bytes, Status> {
        check(&bytes)?;
        Ok(bytes)
    }
}

fn check(text: &[u8]) -> Result<(), Status> {
    let checked: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(text);
    checked.map_err(|error| Status::invalid_argument(format!("that is no JSON: {error}")))?;
    Ok(())
}

/// The bodies that were given as arguments; without any, those that come as lines.
pub(super) enum Bodies {
    Given(std::vec::IntoIter<String>),
    Lines(mpsc::Receiver<Result<Bytes, Advised>>),
}

impl Bodies {
    pub(super) fn new(given: Vec<String>) -> Self {
        if !given.is_empty() {
            return Self::Given(given.into_iter());
        }
        let (lines, waiting) = mpsc::channel(READ_AHEAD);
        tokio::spawn(read_lines(lines));
        Self::Lines(waiting)
    }

    /// The next body; nothing at the end.
    ///
    /// # Errors
    ///
    /// Fails when standard input does, or a line is too long.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Advised> {
        match self {
            Self::Given(given) => Ok(given.next().map(Bytes::from)),
            Self::Lines(lines) => lines.recv().await.transpose(),
        }
    }
}

async fn read_lines(lines: mpsc::Sender<Result<Bytes, Advised>>) {
    let mut input = tokio::io::BufReader::new(tokio::io::stdin());
    loop {
        let line = read_line(&mut input).await.transpose();
        let Some(line) = line else { return };
        let failed = line.is_err();
        if lines.send(line).await.is_err() || failed {
            return;
        }
    }
}

/// A line without its end; never more than the limit is held.
async fn read_line(
    input: &mut (impl tokio::io::AsyncBufRead + Unpin),
) -> Result<Option<Bytes>, Advised> {
    let mut line = Vec::new();
    loop {
        let available = input.fill_buf().await.map_err(unreadable)?;
        if available.is_empty() {
            return Ok((!line.is_empty()).then(|| line.into()));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&available[..end.unwrap_or(available.len())]);
        let used = end.map_or(available.len(), |end| end + 1);
        input.consume(used);
        if line.len() > LONGEST_LINE {
            return Err(too_long());
        }
        if end.is_some() {
            return Ok(Some(line.into()));
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands the error over"
)]
fn unreadable(error: std::io::Error) -> Advised {
    Advised::failed(
        format_args!("cannot read standard input: {error}"),
        "give the bodies as arguments instead",
    )
}

fn too_long() -> Advised {
    Advised::failed(
        format_args!("a line has more than {LONGEST_LINE} bytes"),
        "each line is a message; send a reference to large data",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_line_is_a_body_also_the_last_without_an_end() {
        let mut input: &[u8] = b"a\n\nb";
        for expected in ["a", "", "b"] {
            let line = read_line(&mut input).await.unwrap();
            assert_eq!(line.unwrap(), expected);
        }
        assert_eq!(read_line(&mut input).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let endless = vec![b'x'; LONGEST_LINE + 2];
        assert!(read_line(&mut endless.as_slice()).await.is_err());
    }
}
