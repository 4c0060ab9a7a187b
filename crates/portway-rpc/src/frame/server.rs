//! The server's end of a connection.

mod event;
mod receive;

pub use event::ServerEvent;

use crate::{
    Code, Metadata, Status,
    frame::{
        Body, Flags, Frame, Kind, MINIMUM_FRAME, Outbox, Settings, account::Account,
        body::put_message, stream_map::StreamMap,
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
}
