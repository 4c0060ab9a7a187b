//! The client's end of a connection.

mod event;
mod receive;

pub use event::ClientEvent;

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use crate::{
    Code, Metadata, Status,
    frame::{
        Body, Flags, Frame, Hello, Kind, MAXIMUM_METHODS, MAXIMUM_PATH, MINIMUM_FRAME, Outbox,
        Settings, account::Account, body::put_message, coding::put_request, stream_map::StreamMap,
        wire::put_frame,
    },
};

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

impl<A> ClientConnection<A> {
    /// Makes the end of a new connection; its greeting is in the outbox.
    pub fn new(settings: Settings) -> Self {
        let mut outbox = Outbox::default();
        Frame::Hello(Hello::new(settings)).encode(outbox.tail());
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
        if number >= MAXIMUM_METHODS || path.len() > MAXIMUM_PATH {
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
}
