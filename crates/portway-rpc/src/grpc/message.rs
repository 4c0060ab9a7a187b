//! Messages on HTTP/2: a byte that says whether it is compressed, a length of four bytes, the
//! message.
//!
//! Source: gRPC over HTTP/2, `Length-Prefixed-Message → Compressed-Flag Message-Length Message`.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;

use crate::{EncodeMessage, Status, grpc::status::from_transport};

/// The bytes in front of a message.
const PREFIX: usize = 5;

/// How many times what has come of a message memory is taken for: the first frame of 16 KiB makes
/// room for a message of 128 KiB at once, and a mere length makes room for nothing.
const TRUST: usize = 8;

/// Writes a message with what stands in front of it behind what `buffer` has.
///
/// # Errors
/// Why it cannot be encoded; then `buffer` is as before.
pub(crate) fn put_message(
    message: &dyn EncodeMessage,
    buffer: &mut BytesMut,
) -> Result<(), Status> {
    let start = buffer.len();
    buffer.reserve(PREFIX + message.size_hint());
    buffer.put_bytes(0, PREFIX);
    let written = message.encode(buffer).and_then(|()| {
        u32::try_from(buffer.len() - start - PREFIX)
            .map_err(|_| Status::resource_exhausted("a message of gRPC ends at 4 GiB: split it"))
    });
    match written {
        Ok(length) => buffer[start + 1..start + PREFIX].copy_from_slice(&length.to_be_bytes()),
        Err(status) => {
            buffer.truncate(start);
            return Err(status);
        }
    }
    Ok(())
}

/// Makes the bytes of a message with what stands in front of it.
///
/// # Errors
/// Why it cannot be encoded.
pub(crate) fn encode_message(message: &dyn EncodeMessage) -> Result<Bytes, Status> {
    let mut buffer = BytesMut::new();
    put_message(message, &mut buffer)?;
    Ok(buffer.freeze())
}

/// Reads messages out of a body. Memory grows with what came, not with what a length promises.
pub(crate) struct MessageReader<B> {
    body: B,
    /// What came last and is not used up: whole messages are cut out of it without a copy.
    chunk: Bytes,
    /// The beginning of a message that came in several chunks.
    partial: BytesMut,
    limit: usize,
    trailers: Option<HeaderMap>,
}

impl<B> MessageReader<B>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    /// Reads messages of at most `limit` bytes.
    pub(crate) fn new(body: B, limit: usize) -> Self {
        Self {
            body,
            chunk: Bytes::new(),
            partial: BytesMut::new(),
            limit,
            trailers: None,
        }
    }

    /// Returns the next message; nothing at the end of the body.
    pub(crate) fn poll_message(
        &mut self,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Option<Bytes>, Status>> {
        loop {
            if let Some(message) = self.take_message()? {
                return Poll::Ready(Ok(Some(message)));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(task)) {
                None if self.partial.is_empty() => return Poll::Ready(Ok(None)),
                None => {
                    let status = Status::internal("the stream ended within a message");
                    return Poll::Ready(Err(status));
                }
                Some(Err(error)) => return Poll::Ready(Err(from_transport(&error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.chunk = data,
                    Err(frame) => self.trailers = frame.into_trailers().ok(),
                },
            }
        }
    }

    /// Returns the one message of a side that sends one only.
    pub(crate) async fn only(&mut self) -> Result<Bytes, Status> {
        let missing = || Status::unimplemented("one message was to come, and none came");
        let message = poll_fn(|task| self.poll_message(task)).await?;
        let message = message.ok_or_else(missing)?;
        match poll_fn(|task| self.poll_message(task)).await? {
            None => Ok(message),
            Some(_) => Err(Status::unimplemented(
                "one message was to come, and more came",
            )),
        }
    }

    /// Returns what stood behind the last message, once.
    pub(crate) fn take_trailers(&mut self) -> Option<HeaderMap> {
        self.trailers.take()
    }

    /// Takes a whole message out of what came; what is no whole one goes into `partial`.
    fn take_message(&mut self) -> Result<Option<Bytes>, Status> {
        if self.partial.is_empty() {
            let Some(length) = self.message_length(&self.chunk)? else {
                self.fill_partial(PREFIX);
                return Ok(None);
            };
            if self.chunk.len() < PREFIX + length {
                self.fill_partial(PREFIX + length);
                return Ok(None);
            }
            self.chunk.advance(PREFIX);
            return Ok(Some(self.chunk.split_to(length)));
        }
        self.fill_partial(PREFIX);
        let Some(length) = self.message_length(&self.partial)? else {
            return Ok(None);
        };
        self.fill_partial(PREFIX + length);
        if self.partial.len() < PREFIX + length {
            return Ok(None);
        }
        let mut message = std::mem::take(&mut self.partial).freeze();
        message.advance(PREFIX);
        Ok(Some(message))
    }

    /// Moves bytes of the chunk until `partial` has `size`, as far as there are any.
    fn fill_partial(&mut self, size: usize) {
        let missing = size.saturating_sub(self.partial.len());
        let part = self.chunk.split_to(missing.min(self.chunk.len()));
        let room = missing.min(part.len() * TRUST);
        self.partial.reserve(room);
        self.partial.extend_from_slice(&part);
    }

    /// Returns the length of the message at the front of `bytes`, if so much is there.
    fn message_length(&self, bytes: &[u8]) -> Result<Option<usize>, Status> {
        let Some([compressed, length @ ..]) = bytes.first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length) as usize;
        if *compressed != 0 {
            return Err(Status::internal(
                "a message says that it is compressed, its headers do not say how",
            ));
        }
        if length > self.limit {
            return Err(Status::resource_exhausted(format!(
                "a message of {length} bytes is above the limit of {}",
                self.limit
            )));
        }
        Ok(Some(length))
    }
}
