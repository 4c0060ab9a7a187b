//! The server's end of a connection.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    Code, Metadata, Status,
    frame::{
        Body, Frame, FrameError, Hello, MAXIMUM_METHODS, MINIMUM_FRAME, Outbox, PROTOCOL_VERSION,
        Settings,
        account::Account,
        body::put_message,
        client::{PONG_LIMIT, check, kind},
        stream_map::StreamMap,
        wire::{Flags, Kind},
    },
};

/// The server's end of a connection. `A` is what its user attaches to each stream.
///
/// A call that is answered at once needs no entry; [`insert`](Self::insert) makes one for a call
/// that takes longer or has more messages.
#[derive(Debug)]
pub struct ServerConnection<A> {
    settings: Settings,
    peer: Option<Settings>,
    outbox: Outbox,
    methods: usize,
    last_stream: u32,
    streams: StreamMap<ServerStream<A>>,
    leaving: bool,
}

#[derive(Debug)]
struct ServerStream<A> {
    account: Account,
    /// The client sends no more messages.
    finished: bool,
    attachment: A,
}

/// What a frame of the client means to the user of a [`ServerConnection`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent<'a, A> {
    /// Nothing that is to be acted on.
    Nothing,
    /// The client names a method; its number is how many were named before.
    Method {
        /// `package.Service/Method`.
        path: String,
    },
    /// The client calls a method.
    Request {
        /// The number of the stream.
        stream: u32,
        /// The number of the method.
        method: usize,
        /// How long the call may take.
        timeout: Duration,
        /// What travels beside the message.
        metadata: Metadata,
        /// The first message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// A message came.
    Message {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// The client gave up; the stream is forgotten.
    Cancelled {
        /// What was attached to the stream.
        attachment: A,
    },
    /// More may be sent on a stream.
    Credit {
        /// What is attached to the stream.
        attachment: &'a mut A,
    },
    /// The answer to a ping.
    Pong(u64),
    /// The client is about to close.
    GoAway,
}

impl<A> ServerConnection<A> {
    /// Makes the end of a new connection, which waits for the client's greeting.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            peer: None,
            outbox: Outbox::default(),
            methods: 0,
            last_stream: 0,
            streams: StreamMap::default(),
            leaving: false,
        }
    }

    /// Gives what is to be sent.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Returns how many streams have an entry.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }

    /// Tells whether the client has greeted.
    pub fn is_ready(&self) -> bool {
        self.peer.is_some()
    }

    /// Keeps a stream that was asked for. `finished` says that the client sends no more messages,
    /// `first` is the length of the message that came with the request.
    pub fn insert(&mut self, stream: u32, finished: bool, first: Option<usize>, attachment: A) {
        let theirs = self.peer.map_or(0, |peer| peer.window);
        let mut account = Account::new(theirs, self.settings.window);
        if let Some(length) = first {
            // There is always credit for the first message of a stream.
            let _credit = account.received(stream, length);
        }
        self.streams.insert(
            stream,
            ServerStream {
                account,
                finished,
                attachment,
            },
        );
    }

    /// Gives access to what is attached to a stream.
    pub fn attachment(&mut self, stream: u32) -> Option<&mut A> {
        self.streams
            .get_mut(&stream)
            .map(|entry| &mut entry.attachment)
    }

    /// Gives access to all that is attached.
    pub fn attachments(&mut self) -> impl Iterator<Item = (u32, &mut A)> {
        self.streams
            .iter_mut()
            .map(|(stream, entry)| (*stream, &mut entry.attachment))
    }

    /// Forgets a stream, without a word to the client.
    pub fn remove(&mut self, stream: u32) -> Option<A> {
        self.streams.remove(&stream).map(|entry| entry.attachment)
    }

    /// Returns the credit of a stream: a message may be sent while it is above zero. Nothing if
    /// the call is over.
    pub fn credit(&self, stream: u32) -> Option<i64> {
        self.streams
            .get(&stream)
            .map(|entry| entry.account.sending())
    }

    /// Sends metadata in front of the first message.
    pub fn leading(&mut self, stream: u32, metadata: Metadata) {
        Frame::Leading { stream, metadata }.encode(self.outbox.tail());
    }

    /// Sends a message of a stream that has an entry; returns what is left of its credit.
    ///
    /// # Errors
    /// Why the message cannot be sent.
    pub fn send(&mut self, stream: u32, body: Body<'_>) -> Result<i64, Status> {
        let limit = self.limit();
        let over = || Status::cancelled("the call is over");
        let entry = self.streams.get_mut(&stream).ok_or_else(over)?;
        let frame = (Kind::Message, Flags::default(), stream);
        let length = put_message(&mut self.outbox, frame, |_| (), body, limit)?;
        entry.account.sent(length);
        Ok(entry.account.sending())
    }

    /// Sends the last message and forgets the stream: the call went well.
    ///
    /// # Errors
    /// Why the message cannot be sent; then the stream is still there.
    pub fn answer(&mut self, stream: u32, body: Body<'_>) -> Result<Option<A>, Status> {
        let frame = (Kind::Message, Flags::END, stream);
        let limit = self.limit();
        put_message(&mut self.outbox, frame, |_| (), body, limit)?;
        Ok(self.remove(stream))
    }

    /// Sends a message of a call that has no entry, in front of its status.
    ///
    /// # Errors
    /// Why the message cannot be sent.
    pub fn answer_before_status(&mut self, stream: u32, body: Body<'_>) -> Result<(), Status> {
        let frame = (Kind::Message, Flags::default(), stream);
        let limit = self.limit();
        put_message(&mut self.outbox, frame, |_| (), body, limit).map(drop)
    }

    /// Says how a call ended and forgets the stream.
    pub fn end(&mut self, stream: u32, status: Status) -> Option<A> {
        let frame = if status.code() == Code::Ok && status.metadata().is_empty() {
            Frame::Message {
                stream,
                message: None,
                end: true,
            }
        } else {
            Frame::Status { stream, status }
        };
        frame.encode(self.outbox.tail());
        self.remove(stream)
    }

    fn limit(&self) -> u32 {
        self.peer.map_or(MINIMUM_FRAME, |peer| peer.maximum_frame)
    }

    /// Notes that messages which cost so much were used up, and gives credit for them.
    pub fn used_up(&mut self, stream: u32, cost: i64) {
        let Some(entry) = self
            .streams
            .get_mut(&stream)
            .filter(|entry| !entry.finished)
        else {
            return;
        };
        if let Some(bytes) = entry.account.used_up(cost) {
            Frame::Credit { stream, bytes }.encode(self.outbox.tail());
        }
    }

    /// Asks whether the client is there.
    pub fn ping(&mut self, number: u64) {
        Frame::Ping(number).encode(self.outbox.tail());
    }

    /// Tells the client that no more streams are taken. What it opens from now on is dropped
    /// without a word: it knows from the frame that those were not begun.
    pub fn go_away(&mut self, code: Code, reason: impl Into<String>) {
        if !std::mem::replace(&mut self.leaving, true) {
            let last = self.last_stream;
            Frame::GoAway {
                last,
                code,
                reason: reason.into(),
            }
            .encode(self.outbox.tail());
        }
    }

    /// Takes a frame of the client.
    ///
    /// # Errors
    /// What is wrong with it: the connection cannot go on.
    pub fn receive(&mut self, frame: Frame) -> Result<ServerEvent<'_, A>, FrameError> {
        if let Frame::Hello(hello) = frame {
            return self.greeted(hello);
        }
        if self.peer.is_none() {
            return Err(FrameError::Unexpected { kind: kind(&frame) });
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
            frame => Err(FrameError::Unexpected { kind: kind(&frame) }),
        }
    }

    fn greeted(&mut self, hello: Hello) -> Result<ServerEvent<'_, A>, FrameError> {
        if self.peer.is_some() {
            return Err(FrameError::Unexpected {
                kind: Kind::Hello as u8,
            });
        }
        self.peer = Some(check(hello)?);
        let settings = self.settings;
        let hello = Hello {
            lowest: PROTOCOL_VERSION,
            highest: PROTOCOL_VERSION,
            settings,
        };
        Frame::Hello(hello).encode(self.outbox.tail());
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
