//! The client's end of a connection.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    Code, Metadata, Status,
    frame::{
        Body, Frame, FrameError, Hello, MAXIMUM_METHODS, MINIMUM_FRAME, Outbox, PROTOCOL_VERSION,
        Settings,
        account::Account,
        body::put_message,
        stream_map::StreamMap,
        wire::{Flags, Kind, put_frame, put_request},
    },
};

/// How many bytes may wait before pings go unanswered: a peer that pings and does not read must
/// not fill the memory.
pub(crate) const PONG_LIMIT: usize = 1 << 20;

/// The client's end of a connection. `A` is what its user attaches to each stream.
#[derive(Debug)]
pub struct ClientConnection<A> {
    settings: Settings,
    peer: Option<Settings>,
    outbox: Outbox,
    methods: HashMap<Box<str>, u32>,
    latest: Option<(Box<str>, Box<str>, u32)>,
    last_stream: u32,
    streams: StreamMap<ClientStream<A>>,
    open: usize,
    leaving: Option<u32>,
}

#[derive(Debug)]
struct ClientStream<A> {
    account: Account,
    /// The call is over; the entry waits for its user to look.
    over: bool,
    finished: bool,
    attachment: A,
}

/// What a client wants to open.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The service with its package.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// How long the call may take.
    pub timeout: Duration,
    /// What travels beside the message.
    pub metadata: &'a Metadata,
}

/// What a frame of the server means to the user of a [`ClientConnection`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent<'a, A> {
    /// Nothing that is to be acted on.
    Nothing,
    /// The server greeted: streams can be opened.
    Ready,
    /// A message came; with `end` the call went well.
    Message {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The message.
        message: Option<Bytes>,
        /// Whether the call is over.
        end: bool,
    },
    /// Metadata came in front of the first message.
    Leading {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// The metadata.
        metadata: Metadata,
    },
    /// The call is over.
    Ended {
        /// What is attached to the stream.
        attachment: &'a mut A,
        /// How; of [`Code::Ok`] if well.
        status: Status,
    },
    /// More may be sent on a stream.
    Credit {
        /// What is attached to the stream.
        attachment: &'a mut A,
    },
    /// The answer to a ping.
    Pong(u64),
    /// The server takes no more streams; those above `last` were not begun.
    GoAway {
        /// The last stream that it serves.
        last: u32,
        /// Why.
        status: Status,
    },
}

impl<A> ClientConnection<A> {
    /// Makes the end of a new connection; its greeting is in the outbox.
    pub fn new(settings: Settings) -> Self {
        let mut outbox = Outbox::default();
        let hello = Hello {
            lowest: PROTOCOL_VERSION,
            highest: PROTOCOL_VERSION,
            settings,
        };
        Frame::Hello(hello).encode(outbox.tail());
        Self {
            settings,
            peer: None,
            outbox,
            methods: HashMap::new(),
            latest: None,
            last_stream: 0,
            streams: StreamMap::default(),
            open: 0,
            leaving: None,
        }
    }

    /// Gives what is to be sent.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Returns how many calls are under way.
    pub fn open_streams(&self) -> usize {
        self.open
    }

    /// Tells whether the server has greeted.
    pub fn is_ready(&self) -> bool {
        self.peer.is_some()
    }

    /// Tells whether a stream can be opened now: the server has greeted and has room.
    pub fn has_room(&self) -> bool {
        self.peer
            .is_some_and(|peer| self.open < peer.maximum_streams as usize)
    }

    /// Tells whether streams can be opened at all.
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_some() || self.last_stream == u32::MAX
    }

    /// Opens a stream. A `body` is its first message; with `end` it is also the last.
    ///
    /// # Errors
    /// Why the message cannot be sent; then no stream is open.
    pub fn open(
        &mut self,
        opening: Opening<'_>,
        body: Option<Body<'_>>,
        end: bool,
        attachment: A,
    ) -> Result<u32, Status> {
        let peer = self
            .peer
            .ok_or_else(|| Status::unavailable("the server has not greeted yet"))?;
        let method = self.method(opening.service, opening.method)?;
        let stream = self.last_stream + 1;
        let flags = Flags::default()
            .when(end, Flags::END)
            .when(!opening.metadata.is_empty(), Flags::METADATA);
        let head = |tail: &mut _| put_request(tail, method, opening.timeout, opening.metadata);
        let mut account = Account::new(peer.window, self.settings.window);
        match body {
            Some(body) => {
                let frame = (Kind::Request, flags, stream);
                let length = put_message(&mut self.outbox, frame, head, body, peer.maximum_frame)?;
                account.sent(length);
            }
            None => put_frame(self.outbox.tail(), Kind::Request, flags, stream, head),
        }
        self.last_stream = stream;
        self.open += 1;
        let entry = ClientStream {
            account,
            over: false,
            finished: end,
            attachment,
        };
        self.streams.insert(stream, entry);
        Ok(stream)
    }

    /// Returns the number of a method; names it to the server first if it is new.
    fn method(&mut self, service: &str, method: &str) -> Result<u32, Status> {
        if let Some((known, name, number)) = &self.latest
            && **known == *service
            && **name == *method
        {
            return Ok(*number);
        }
        let path = format!("{service}/{method}");
        let number = match self.methods.get(path.as_str()) {
            Some(number) => *number,
            None => self.name_method(path)?,
        };
        self.latest = Some((service.into(), method.into(), number));
        Ok(number)
    }

    fn name_method(&mut self, path: String) -> Result<u32, Status> {
        let number = self.methods.len();
        if number >= MAXIMUM_METHODS || path.len() > super::MAXIMUM_PATH {
            return Err(Status::resource_exhausted(
                "a connection has names for 4096 methods of 512 bytes: open another one",
            ));
        }
        let number = u32::try_from(number).map_err(|_| Status::internal("bounded above"))?;
        Frame::Method {
            number,
            path: path.clone(),
        }
        .encode(self.outbox.tail());
        self.methods.insert(path.into(), number);
        Ok(number)
    }

    /// Returns the credit of a stream: a message may be sent while it is above zero. Nothing if
    /// the call is over.
    pub fn credit(&self, stream: u32) -> Option<i64> {
        let entry = self.streams.get(&stream)?;
        (!entry.over).then(|| entry.account.sending())
    }

    /// Sends a message, for which there is credit; returns what is left of it.
    ///
    /// # Errors
    /// Why the message cannot be sent.
    pub fn send(&mut self, stream: u32, body: Body<'_>) -> Result<i64, Status> {
        let limit = self.peer.map_or(MINIMUM_FRAME, |peer| peer.maximum_frame);
        let entry = self
            .streams
            .get_mut(&stream)
            .filter(|entry| !entry.over && !entry.finished)
            .ok_or_else(|| Status::cancelled("the call is over"))?;
        let frame = (Kind::Message, Flags::default(), stream);
        let length = put_message(&mut self.outbox, frame, |_| (), body, limit)?;
        entry.account.sent(length);
        Ok(entry.account.sending())
    }

    /// Says that no more messages come on a stream.
    pub fn finish(&mut self, stream: u32) {
        let Some(entry) = self.streams.get_mut(&stream) else {
            return;
        };
        if !entry.over && !std::mem::replace(&mut entry.finished, true) {
            Frame::Message {
                stream,
                message: None,
                end: true,
            }
            .encode(self.outbox.tail());
        }
    }

    /// Gives access to what is attached to a stream.
    pub fn attachment(&mut self, stream: u32) -> Option<&mut A> {
        self.streams
            .get_mut(&stream)
            .map(|entry| &mut entry.attachment)
    }

    /// Notes that messages which cost so much were used up, and gives credit for them.
    pub fn used_up(&mut self, stream: u32, cost: i64) {
        let Some(entry) = self.streams.get_mut(&stream).filter(|entry| !entry.over) else {
            return;
        };
        if let Some(bytes) = entry.account.used_up(cost) {
            Frame::Credit { stream, bytes }.encode(self.outbox.tail());
        }
    }

    /// Forgets a stream; the server is told if the call is not over.
    pub fn release(&mut self, stream: u32) -> Option<A> {
        let entry = self.streams.remove(&stream)?;
        if !entry.over {
            self.open -= 1;
            Frame::Cancel { stream }.encode(self.outbox.tail());
        }
        Some(entry.attachment)
    }

    /// Forgets a stream whose call is over; nothing if it is not.
    pub fn release_over(&mut self, stream: u32) -> Option<A> {
        match self.streams.entry(stream) {
            Entry::Occupied(entry) if entry.get().over => Some(entry.remove().attachment),
            _ => None,
        }
    }

    /// Ends calls whose attachment `which` says so, as the server would, with what it returns.
    /// The server is told if `tell`.
    pub fn end_where(&mut self, tell: bool, mut which: impl FnMut(u32, &mut A) -> bool) {
        for (stream, entry) in &mut self.streams {
            if !entry.over && which(*stream, &mut entry.attachment) {
                entry.over = true;
                self.open -= 1;
                if tell {
                    Frame::Cancel { stream: *stream }.encode(self.outbox.tail());
                }
            }
        }
    }

    /// Asks whether the server is there.
    pub fn ping(&mut self, number: u64) {
        Frame::Ping(number).encode(self.outbox.tail());
    }

    /// Tells the server why the connection ends.
    pub fn go_away(&mut self, code: Code, reason: impl Into<String>) {
        Frame::GoAway {
            last: 0,
            code,
            reason: reason.into(),
        }
        .encode(self.outbox.tail());
    }

    /// Takes a frame of the server.
    ///
    /// # Errors
    /// What is wrong with it: the connection cannot go on.
    pub fn receive(&mut self, frame: Frame) -> Result<ClientEvent<'_, A>, FrameError> {
        if let Frame::Hello(hello) = frame {
            return self.greeted(hello);
        }
        if self.peer.is_none() && !matches!(frame, Frame::GoAway { .. }) {
            return Err(FrameError::Unexpected { kind: kind(&frame) });
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
            frame => Err(FrameError::Unexpected { kind: kind(&frame) }),
        }
    }

    fn greeted(&mut self, hello: Hello) -> Result<ClientEvent<'_, A>, FrameError> {
        if self.peer.is_some() {
            return Err(FrameError::Unexpected {
                kind: Kind::Hello as u8,
            });
        }
        self.peer = Some(check(hello)?);
        Ok(ClientEvent::Ready)
    }

    /// Finds a stream; nothing if the call is over already, which the server may not know yet.
    fn entry(&mut self, stream: u32) -> Result<Option<&mut ClientStream<A>>, FrameError> {
        find(&mut self.streams, self.last_stream, stream)
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

fn find<A>(
    streams: &mut StreamMap<ClientStream<A>>,
    last: u32,
    stream: u32,
) -> Result<Option<&mut ClientStream<A>>, FrameError> {
    if stream > last {
        return Err(FrameError::StreamNumber { stream });
    }
    Ok(streams.get_mut(&stream).filter(|entry| !entry.over))
}

/// Checks a greeting and returns the settings in it.
pub(crate) fn check(hello: Hello) -> Result<Settings, FrameError> {
    let Hello {
        lowest,
        highest,
        settings,
    } = hello;
    if !(lowest..=highest).contains(&PROTOCOL_VERSION) {
        return Err(FrameError::Version { lowest, highest });
    }
    if settings.maximum_frame < MINIMUM_FRAME || settings.window == 0 {
        return Err(FrameError::Settings);
    }
    Ok(settings)
}

/// Returns the number of a frame's kind, for errors.
pub(crate) fn kind(frame: &Frame) -> u8 {
    let kind = match frame {
        Frame::Hello(_) => Kind::Hello,
        Frame::Method { .. } => Kind::Method,
        Frame::Request { .. } => Kind::Request,
        Frame::Message { .. } => Kind::Message,
        Frame::Leading { .. } => Kind::Leading,
        Frame::Status { .. } => Kind::Status,
        Frame::Cancel { .. } => Kind::Cancel,
        Frame::Credit { .. } => Kind::Credit,
        Frame::Ping(_) => Kind::Ping,
        Frame::Pong(_) => Kind::Pong,
        Frame::GoAway { .. } => Kind::GoAway,
    };
    kind as u8
}
