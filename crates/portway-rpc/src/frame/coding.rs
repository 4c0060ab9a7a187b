//! Frames byte by byte: what each kind has behind its header.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    Code, MAXIMUM_TIMEOUT, Metadata,
    frame::{
        Flags, Frame, FrameError, Hello, Kind,
        block::{Reader, put_metadata, put_status},
        wire::put_frame,
    },
};

/// The longest path of a method.
pub const MAXIMUM_PATH: usize = 512;

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
