//! What a client makes of the frames that come.

use bytes::Bytes;

use super::{ClientConnection, ClientStream};
use crate::{
    Status,
    frame::{ClientEvent, Frame, FrameError, Hello, Kind, PONG_LIMIT},
};

impl<A> ClientConnection<A> {
    /// Takes a frame of the server.
    ///
    /// # Errors
    /// What is wrong with it: the connection cannot go on.
    pub fn receive(&mut self, frame: Frame) -> Result<ClientEvent<'_, A>, FrameError> {
        if let Frame::Hello(hello) = frame {
            return self.greeted(hello);
        }
        if self.peer.is_none() && !matches!(frame, Frame::GoAway { .. }) {
            return Err(FrameError::Unexpected { kind: frame.kind() });
        }
        match frame {
            Frame::Message {
                stream,
                message,
                end,
            } => self.message(stream, message, end),
            Frame::Leading { stream, metadata } => Ok(match self.entry(stream)? {
                Some(entry) => ClientEvent::Leading {
                    attachment: &mut entry.attachment,
                    metadata,
                },
                None => ClientEvent::Nothing,
            }),
            Frame::Status { stream, status } => self.ended(stream, status),
            Frame::Credit { stream, bytes } => {
                let Some(entry) = self.entry(stream)? else {
                    return Ok(ClientEvent::Nothing);
                };
                entry.account.given(stream, bytes)?;
                Ok(ClientEvent::Credit {
                    attachment: &mut entry.attachment,
                })
            }
            Frame::Ping(number) => {
                if self.outbox.len() < PONG_LIMIT {
                    Frame::Pong(number).encode(self.outbox.tail());
                }
                Ok(ClientEvent::Nothing)
            }
            Frame::Pong(number) => Ok(ClientEvent::Pong(number)),
            Frame::GoAway { last, code, reason } => {
                self.leaving = Some(last);
                Ok(ClientEvent::GoAway {
                    last,
                    status: Status::new(code, reason),
                })
            }
            frame => Err(FrameError::Unexpected { kind: frame.kind() }),
        }
    }

    fn greeted(&mut self, hello: Hello) -> Result<ClientEvent<'_, A>, FrameError> {
        if self.peer.is_some() {
            return Err(FrameError::Unexpected {
                kind: Kind::Hello as u8,
            });
        }
        self.peer = Some(hello.accepted()?);
        Ok(ClientEvent::Ready)
    }

    /// Finds a stream; nothing if the call is over already, which the server may not know yet.
    fn entry(&mut self, stream: u32) -> Result<Option<&mut ClientStream<A>>, FrameError> {
        if stream > self.last_stream {
            return Err(FrameError::StreamNumber { stream });
        }
        Ok(self.streams.get_mut(&stream).filter(|entry| !entry.over))
    }

    fn message(
        &mut self,
        stream: u32,
        message: Option<Bytes>,
        end: bool,
    ) -> Result<ClientEvent<'_, A>, FrameError> {
        if end && self.entry(stream)?.is_some() {
            self.open -= 1;
        }
        let Some(entry) = self.entry(stream)? else {
            return Ok(ClientEvent::Nothing);
        };
        if let Some(message) = &message {
            entry.account.received(stream, message.len())?;
        }
        entry.over = end;
        Ok(ClientEvent::Message {
            attachment: &mut entry.attachment,
            message,
            end,
        })
    }

    fn ended(&mut self, stream: u32, status: Status) -> Result<ClientEvent<'_, A>, FrameError> {
        if self.entry(stream)?.is_some() {
            self.open -= 1;
        }
        let Some(entry) = self.entry(stream)? else {
            return Ok(ClientEvent::Nothing);
        };
        entry.over = true;
        Ok(ClientEvent::Ended {
            attachment: &mut entry.attachment,
            status,
        })
    }
}
