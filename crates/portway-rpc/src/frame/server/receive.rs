//! What a server makes of the frames that come.

use bytes::Bytes;

use super::{ServerConnection, ServerStream};
use crate::{
    Status,
    frame::{Frame, FrameError, Hello, Kind, MAXIMUM_METHODS, PONG_LIMIT, ServerEvent},
};

impl<A> ServerConnection<A> {
    /// Takes a frame of the client.
    ///
    /// # Errors
    /// What is wrong with it: the connection cannot go on.
    pub fn receive(&mut self, frame: Frame) -> Result<ServerEvent<'_, A>, FrameError> {
        if let Frame::Hello(hello) = frame {
            return self.greeted(hello);
        }
        if self.peer.is_none() {
            return Err(FrameError::Unexpected { kind: frame.kind() });
        }
        match frame {
            Frame::Request {
                stream,
                method,
                timeout,
                metadata,
                message,
                end,
            } => {
                if !self.admit(stream, method)? {
                    return Ok(ServerEvent::Nothing);
                }
                let method = method as usize;
                Ok(ServerEvent::Request {
                    stream,
                    method,
                    timeout,
                    metadata,
                    message,
                    end,
                })
            }
            Frame::Message {
                stream,
                message,
                end,
            } => self.message(stream, message, end),
            Frame::Credit { stream, bytes } => {
                let Some(entry) = self.entry(stream)? else {
                    return Ok(ServerEvent::Nothing);
                };
                entry.account.given(stream, bytes)?;
                Ok(ServerEvent::Credit {
                    attachment: &mut entry.attachment,
                })
            }
            Frame::Cancel { stream } => {
                self.entry(stream)?;
                Ok(match self.remove(stream) {
                    Some(attachment) => ServerEvent::Cancelled { attachment },
                    None => ServerEvent::Nothing,
                })
            }
            Frame::Method { number, path } => self.name_method(number, path),
            Frame::Ping(number) => {
                if self.outbox.len() < PONG_LIMIT {
                    Frame::Pong(number).encode(self.outbox.tail());
                }
                Ok(ServerEvent::Nothing)
            }
            Frame::Pong(number) => Ok(ServerEvent::Pong(number)),
            Frame::GoAway { .. } => Ok(ServerEvent::GoAway),
            frame => Err(FrameError::Unexpected { kind: frame.kind() }),
        }
    }

    fn greeted(&mut self, hello: Hello) -> Result<ServerEvent<'_, A>, FrameError> {
        if self.peer.is_some() {
            return Err(FrameError::Unexpected {
                kind: Kind::Hello as u8,
            });
        }
        self.peer = Some(hello.accepted()?);
        Frame::Hello(Hello::new(self.settings)).encode(self.outbox.tail());
        Ok(ServerEvent::Nothing)
    }

    fn name_method(&mut self, number: u32, path: String) -> Result<ServerEvent<'_, A>, FrameError> {
        if number as usize != self.methods || self.methods == MAXIMUM_METHODS {
            return Err(FrameError::MethodNumber { number });
        }
        self.methods += 1;
        Ok(ServerEvent::Method { path })
    }

    /// Decides whether a stream is served. One above the limit is refused, which costs nothing
    /// but the answer.
    fn admit(&mut self, stream: u32, method: u32) -> Result<bool, FrameError> {
        if method as usize >= self.methods {
            return Err(FrameError::UnknownMethod { number: method });
        }
        if stream <= self.last_stream {
            return Err(FrameError::StreamNumber { stream });
        }
        if self.leaving {
            return Ok(false);
        }
        self.last_stream = stream;
        if self.streams.len() >= self.settings.maximum_streams as usize {
            let limit = self.settings.maximum_streams;
            let text =
                format!("{limit} streams are open, which is the limit: wait for some to end");
            self.end(stream, Status::resource_exhausted(text));
            return Ok(false);
        }
        Ok(true)
    }

    /// Finds a stream; nothing if the call is over already, which the client may not know yet.
    fn entry(&mut self, stream: u32) -> Result<Option<&mut ServerStream<A>>, FrameError> {
        if stream > self.last_stream && !self.leaving {
            return Err(FrameError::StreamNumber { stream });
        }
        Ok(self.streams.get_mut(&stream))
    }

    fn message(
        &mut self,
        stream: u32,
        message: Option<Bytes>,
        end: bool,
    ) -> Result<ServerEvent<'_, A>, FrameError> {
        let Some(entry) = self.entry(stream)? else {
            return Ok(ServerEvent::Nothing);
        };
        if entry.finished {
            return Err(FrameError::Unexpected {
                kind: Kind::Message as u8,
            });
        }
        if let Some(message) = &message {
            entry.account.received(stream, message.len())?;
        }
        entry.finished = end;
        Ok(ServerEvent::Message {
            attachment: &mut entry.attachment,
            message,
            end,
        })
    }
}
