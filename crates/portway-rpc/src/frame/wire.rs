//! The frames: what each kind has, byte by byte.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{
    Code, MAXIMUM_TIMEOUT, Metadata, Status,
    frame::{
        FrameError, MAGIC, Settings,
        block::{Reader, put_metadata, put_status},
    },
};

/// The bytes in front of a frame's body: length, kind, flags, stream.
pub const HEADER: usize = 10;

/// The longest path of a method.
pub const MAXIMUM_PATH: usize = 512;

/// What a frame is, with its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// The greeting of either side.
    Hello = 1,
    /// A client names a method.
    Method = 2,
    /// A client opens a stream.
    Request = 3,
    /// A message of either side.
    Message = 4,
    /// Metadata of the server in front of its first message.
    Leading = 5,
    /// How the call ended.
    Status = 6,
    /// The client gives up.
    Cancel = 7,
    /// The receiver has room.
    Credit = 8,
    /// Are you there?
    Ping = 9,
    /// I am.
    Pong = 10,
    /// No new streams, please.
    GoAway = 11,
}

/// The flags of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// The sender sends no more messages on this stream.
    pub const END: Self = Self(1);
    /// The rest of the body is a message.
    pub const MESSAGE: Self = Self(2);
    /// There is a block of metadata.
    pub const METADATA: Self = Self(4);

    /// Tells whether all of `flags` are set.
    pub fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Adds `flags` where `condition` holds.
    #[must_use]
    pub fn when(self, condition: bool, flags: Self) -> Self {
        if condition {
            Self(self.0 | flags.0)
        } else {
            self
        }
    }
}

/// What a side says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The lowest version that it speaks.
    pub lowest: u8,
    /// The highest; a server answers with the chosen one twice.
    pub highest: u8,
    /// What it accepts.
    pub settings: Settings,
}

/// One frame.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Frame {
    /// See [`Kind::Hello`].
    Hello(Hello),
    /// See [`Kind::Method`].
    Method {
        /// The number by which requests will call it.
        number: u32,
        /// `package.Service/Method`.
        path: String,
    },
    /// See [`Kind::Request`].
    Request {
        /// The number of the new stream.
        stream: u32,
        /// The number of the method.
        method: u32,
        /// How long the call may take.
        timeout: Duration,
        /// What travels beside the message.
        metadata: Metadata,
        /// The first message.
        message: Option<Bytes>,
        /// No more messages come.
        end: bool,
    },
    /// See [`Kind::Message`].
    Message {
        /// The number of the stream.
        stream: u32,
        /// The message; without one, only the end is told.
        message: Option<Bytes>,
        /// No more messages come; of a server, all went well.
        end: bool,
    },
    /// See [`Kind::Leading`].
    Leading {
        /// The number of the stream.
        stream: u32,
        /// The metadata.
        metadata: Metadata,
    },
    /// See [`Kind::Status`].
    Status {
        /// The number of the stream.
        stream: u32,
        /// How it ended; of [`Code::Ok`] where metadata follows the last message.
        status: Status,
    },
    /// See [`Kind::Cancel`].
    Cancel {
        /// The number of the stream.
        stream: u32,
    },
    /// See [`Kind::Credit`].
    Credit {
        /// The number of the stream.
        stream: u32,
        /// How many bytes more the sender may send.
        bytes: u32,
    },
    /// See [`Kind::Ping`].
    Ping(u64),
    /// See [`Kind::Pong`].
    Pong(u64),
    /// See [`Kind::GoAway`].
    GoAway {
        /// The last stream that will be served.
        last: u32,
        /// Why.
        code: Code,
        /// Why, for people.
        reason: String,
    },
}

/// Writes a frame whose body `write` appends, and sets its length.
pub(crate) fn put_frame(
    buffer: &mut BytesMut,
    kind: Kind,
    flags: Flags,
    stream: u32,
    write: impl FnOnce(&mut BytesMut),
) {
    let start = buffer.len();
    put_header(buffer, kind, flags, stream, 0);
    write(buffer);
    set_length(buffer, start);
}

/// Writes a header of a frame whose body has `length` bytes.
pub(crate) fn put_header(
    buffer: &mut BytesMut,
    kind: Kind,
    flags: Flags,
    stream: u32,
    length: u32,
) {
    let [a, b, c, d] = (length + HEADER as u32 - 4).to_be_bytes();
    let [e, f, g, h] = stream.to_be_bytes();
    buffer.put_slice(&[a, b, c, d, kind as u8, flags.0, e, f, g, h]);
}

/// Sets the length of the frame that begins at `start` and ends with the buffer.
pub(crate) fn set_length(buffer: &mut BytesMut, start: usize) {
    let length = u32::try_from(buffer.len() - start - 4).unwrap_or(u32::MAX);
    buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// Writes what a request has in front of its message.
pub(crate) fn put_request(
    buffer: &mut BytesMut,
    method: u32,
    timeout: Duration,
    metadata: &Metadata,
) {
    buffer.put_u32(method);
    buffer.put_u64(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
    if !metadata.is_empty() {
        put_metadata(buffer, metadata);
    }
}

impl Frame {
    /// Writes the frame behind what `buffer` has.
    pub fn encode(&self, buffer: &mut BytesMut) {
        let none = Flags::default();
        match self {
            Self::Hello(hello) => put_frame(buffer, Kind::Hello, none, 0, |body| hello.put(body)),
            Self::Method { number, path } => {
                put_frame(buffer, Kind::Method, none, *number, |body| {
                    body.put_slice(path.as_bytes())
                });
            }
            Self::Request {
                stream,
                method,
                timeout,
                metadata,
                message,
                end,
            } => {
                let flags = message_flags(message.as_ref(), *end)
                    .when(!metadata.is_empty(), Flags::METADATA);
                put_frame(buffer, Kind::Request, flags, *stream, |body| {
                    put_request(body, *method, *timeout, metadata);
                    body.put_slice(message.as_deref().unwrap_or_default());
                });
            }
            Self::Message {
                stream,
                message,
                end,
            } => {
                let flags = message_flags(message.as_ref(), *end);
                put_frame(buffer, Kind::Message, flags, *stream, |body| {
                    body.put_slice(message.as_deref().unwrap_or_default());
                });
            }
            Self::Leading { stream, metadata } => {
                put_frame(buffer, Kind::Leading, Flags::METADATA, *stream, |body| {
                    put_metadata(body, metadata);
                });
            }
            Self::Status { stream, status } => {
                let flags = none.when(!status.metadata().is_empty(), Flags::METADATA);
                put_frame(buffer, Kind::Status, flags, *stream, |body| {
                    put_status(body, status)
                });
            }
            Self::Cancel { stream } => put_frame(buffer, Kind::Cancel, none, *stream, |_| ()),
            Self::Credit { stream, bytes } => {
                put_frame(buffer, Kind::Credit, none, *stream, |body| {
                    body.put_u32(*bytes)
                });
            }
            Self::Ping(number) => {
                put_frame(buffer, Kind::Ping, none, 0, |body| body.put_u64(*number))
            }
            Self::Pong(number) => {
                put_frame(buffer, Kind::Pong, none, 0, |body| body.put_u64(*number))
            }
            Self::GoAway { last, code, reason } => {
                put_frame(buffer, Kind::GoAway, none, *last, |body| {
                    body.put_u8(code.number());
                    body.put_slice(reason.as_bytes());
                });
            }
        }
    }

    /// Reads a frame of its header and body; nothing if it may be skipped.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(
        kind: u8,
        flags: u8,
        stream: u32,
        body: Bytes,
    ) -> Result<Option<Self>, FrameError> {
        if kind == Kind::Message as u8 && matches!(flags, 2 | 3) {
            // What comes most often, without the detour.
            return Ok(Some(Self::Message {
                stream,
                message: Some(body),
                end: flags == 3,
            }));
        }
        let allowed = match kind {
            3 => 7,
            4 => 3,
            5 | 6 => 4,
            1 | 2 | 7..=11 => 0,
            // Kinds from 128 on are hints, which an older peer may leave alone.
            128.. => return Ok(None),
            _ => return Err(FrameError::UnknownKind { kind }),
        };
        if flags & !allowed != 0 {
            return Err(FrameError::UnknownFlags { kind, flags });
        }
        let flags = Flags(flags);
        let mut reader = Reader { kind, body };
        let frame = match kind {
            1 => Self::Hello(Hello::read(&mut reader)?),
            2 => Self::Method {
                number: stream,
                path: reader.rest_text(MAXIMUM_PATH)?,
            },
            3 => Self::read_request(stream, flags, &mut reader)?,
            4 => {
                let message = reader.message(flags);
                Self::Message {
                    stream,
                    message,
                    end: flags.has(Flags::END),
                }
            }
            5 => Self::Leading {
                stream,
                metadata: reader.metadata(flags)?,
            },
            6 => Self::Status {
                stream,
                status: reader.status(flags)?,
            },
            7 => Self::Cancel { stream },
            8 => Self::Credit {
                stream,
                bytes: reader.u32()?,
            },
            9 => Self::Ping(reader.u64()?),
            10 => Self::Pong(reader.u64()?),
            _ => {
                let code = Code::from_number(u32::from(reader.u8()?));
                let reason = reader.rest_text(crate::MAXIMUM_STATUS_MESSAGE)?;
                Self::GoAway {
                    last: stream,
                    code,
                    reason,
                }
            }
        };
        reader.finish()?;
        Ok(Some(frame))
    }

    fn read_request(stream: u32, flags: Flags, reader: &mut Reader) -> Result<Self, FrameError> {
        let method = reader.u32()?;
        let timeout = Duration::from_nanos(reader.u64()?).min(MAXIMUM_TIMEOUT);
        let metadata = reader.metadata(flags)?;
        let message = reader.message(flags);
        Ok(Self::Request {
            stream,
            method,
            timeout,
            metadata,
            message,
            end: flags.has(Flags::END),
        })
    }
}

fn message_flags(message: Option<&Bytes>, end: bool) -> Flags {
    Flags::default()
        .when(message.is_some(), Flags::MESSAGE)
        .when(end, Flags::END)
}

impl Hello {
    fn put(&self, body: &mut BytesMut) {
        body.put_slice(&MAGIC);
        body.put_u8(self.lowest);
        body.put_u8(self.highest);
        body.put_u32(self.settings.maximum_frame);
        body.put_u32(self.settings.maximum_streams);
        body.put_u32(self.settings.window);
    }

    fn read(reader: &mut Reader) -> Result<Self, FrameError> {
        if reader.body.get(..4) != Some(MAGIC.as_slice()) {
            return Err(FrameError::Magic);
        }
        reader.body.advance(4);
        let (lowest, highest) = (reader.u8()?, reader.u8()?);
        let settings = Settings {
            maximum_frame: reader.u32()?,
            maximum_streams: reader.u32()?,
            window: reader.u32()?,
        };
        // A later version may say more.
        reader.body.clear();
        Ok(Self {
            lowest,
            highest,
            settings,
        })
    }
}
