//! Responses and notifications: their headers, and whole frames.

use bytes::{Buf, Bytes};

use super::TopologyVersion;
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::frame::{FrameTooLong, frame};
use crate::operation::Operation;
use crate::registry::SchemaSource;
use crate::resource::ResourceId;
use crate::status::{ServerError, Status};
use crate::typed::ReadValue;
use crate::version::{Dialect, Version};

const FLAG_ERROR: i16 = 1;
const FLAG_TOPOLOGY: i16 = 2;
const FLAG_NOTIFICATION: i16 = 4;

/// A successful response as a frame; `topology` is set on the first response of a connection
/// and whenever it grew since the last one.
///
/// # Errors
/// [`FrameTooLong`] when the response is over 2 GiB.
pub fn encode_response(
    body: &impl Layout,
    request_id: i64,
    topology: Option<TopologyVersion>,
    dialect: Dialect,
) -> Result<Bytes, FrameTooLong> {
    frame(Writer::new().with_dialect(dialect), |writer| {
        ResponseHeader {
            request_id,
            topology,
            error: None,
        }
        .encode(writer);
        body.encode(writer);
    })
}

/// A failed response as a frame.
///
/// # Errors
/// [`FrameTooLong`] when the message is over 2 GiB.
pub fn encode_error(
    error: ServerError,
    request_id: i64,
    topology: Option<TopologyVersion>,
    dialect: Dialect,
) -> Result<Bytes, FrameTooLong> {
    frame(Writer::new().with_dialect(dialect), |writer| {
        ResponseHeader {
            request_id,
            topology,
            error: Some(error),
        }
        .encode(writer);
    })
}

/// A notification as a frame. There are none below version 1.4.
///
/// # Errors
/// [`FrameTooLong`] when the notification is over 2 GiB.
pub fn encode_notification(
    body: &impl Layout,
    resource: ResourceId,
    operation: Operation,
    dialect: Dialect,
) -> Result<Bytes, FrameTooLong> {
    frame(Writer::new().with_dialect(dialect), |writer| {
        NotificationHeader {
            resource,
            operation: operation.code(),
            error: None,
        }
        .encode(writer);
        body.encode(writer);
    })
}

/// A notification that tells how a resource failed, as a frame.
///
/// # Errors
/// [`FrameTooLong`] when the message is over 2 GiB.
pub fn encode_failed_notification(
    error: ServerError,
    resource: ResourceId,
    operation: Operation,
    dialect: Dialect,
) -> Result<Bytes, FrameTooLong> {
    frame(Writer::new().with_dialect(dialect), |writer| {
        NotificationHeader {
            resource,
            operation: operation.code(),
            error: Some(error),
        }
        .encode(writer);
    })
}

/// What stands before the body of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    /// The id of the request.
    pub request_id: i64,
    /// The new topology version, when it changed. Not sent below version 1.4.
    pub topology: Option<TopologyVersion>,
    /// Why the request failed; then there is no body.
    pub error: Option<ServerError>,
}

/// What stands before the body of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationHeader {
    /// The resource that sends it.
    pub resource: ResourceId,
    /// The operation's number; see [`Operation`].
    pub operation: i16,
    /// Why the resource failed; then there is no body.
    pub error: Option<ServerError>,
}

/// What a client receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// The answer to a request.
    Response(ResponseHeader),
    /// A message of a resource. It can arrive before the response that names the resource.
    Notification(NotificationHeader),
}

impl Incoming {
    /// Reads the header of a response or notification; the rest of `payload` is the body.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that cannot be understood.
    pub fn from_payload(payload: &Bytes, dialect: Dialect) -> Result<(Self, Bytes), DecodeError> {
        Self::split(payload.clone(), dialect)
    }

    /// As [`from_payload`](Self::from_payload), for a payload of which only the body is kept.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that cannot be understood.
    #[inline]
    pub fn split(mut payload: Bytes, dialect: Dialect) -> Result<(Self, Bytes), DecodeError> {
        let mut reader = Reader::new(&payload).with_dialect(dialect);
        let incoming = Self::decode(&mut reader)?;
        let header = reader.position();
        payload.advance(header);
        Ok((incoming, payload))
    }
}

/// Reads the whole body of a response or notification. Raw values share its memory.
///
/// # Errors
/// A [`DecodeError`] for bytes that cannot be understood, or that go on after the body's end.
pub fn decode_body<T: Layout>(body: &Bytes, dialect: Dialect) -> Result<T, DecodeError> {
    let mut reader = Reader::shared(body).with_dialect(dialect);
    let decoded = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(decoded)
}

/// Reads a whole body that is one value, or `None` for null. Raw values share its memory.
///
/// # Errors
/// A [`DecodeError`] when it is no value of this type. After [`DecodeError::UnknownSchema`], fetch
/// that type's metadata into `schemas` and try again.
pub fn decode_value<T: ReadValue>(
    body: &Bytes,
    schemas: &dyn SchemaSource,
) -> Result<Option<T>, DecodeError> {
    let mut reader = Reader::shared(body).with_schemas(schemas);
    let value = match reader.take_null() {
        true => None,
        false => Some(T::read(&mut reader)?),
    };
    reader.finish()?;
    Ok(value)
}

impl Layout for Incoming {
    const MINIMUM_SIZE: usize = 10;

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Response(header) => header.encode(writer),
            Self::Notification(header) => header.encode(writer),
        }
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.dialect().version < Version::V1_4 {
            return decode_plain_response(reader).map(Self::Response);
        }
        let id = reader.i64()?;
        let flags = reader.i16()?;
        if flags & FLAG_NOTIFICATION != 0 {
            return decode_notification(id, flags, reader).map(Self::Notification);
        }
        decode_flagged_response(id, flags, reader).map(Self::Response)
    }
}

impl ResponseHeader {
    fn encode(&self, writer: &mut Writer) {
        writer.i64(self.request_id);
        if writer.dialect().version < Version::V1_4 {
            return self.encode_status(writer);
        }
        let error_flag = if self.error.is_some() { FLAG_ERROR } else { 0 };
        let topology_flag = if self.topology.is_some() {
            FLAG_TOPOLOGY
        } else {
            0
        };
        writer.i16(error_flag | topology_flag);
        if let Some(topology) = &self.topology {
            topology.encode(writer);
        }
        if let Some(error) = &self.error {
            error.encode(writer);
        }
    }

    fn encode_status(&self, writer: &mut Writer) {
        match &self.error {
            Some(error) => error.encode(writer),
            None => writer.i32(0),
        }
    }
}

fn decode_plain_response(reader: &mut Reader<'_>) -> Result<ResponseHeader, DecodeError> {
    let request_id = reader.i64()?;
    let status = Status::decode(reader)?;
    let error = match status.0 {
        0 => None,
        _ => Some(ServerError::new(
            status,
            reader.optional_string()?.unwrap_or_default(),
        )),
    };
    Ok(ResponseHeader {
        request_id,
        topology: None,
        error,
    })
}

fn decode_flagged_response(
    request_id: i64,
    flags: i16,
    reader: &mut Reader<'_>,
) -> Result<ResponseHeader, DecodeError> {
    let has_topology = flags & FLAG_TOPOLOGY != 0;
    let topology = if has_topology {
        Some(TopologyVersion::decode(reader)?)
    } else {
        None
    };
    let error = decode_error(flags, reader)?;
    Ok(ResponseHeader {
        request_id,
        topology,
        error,
    })
}

impl NotificationHeader {
    fn encode(&self, writer: &mut Writer) {
        self.resource.encode(writer);
        let error_flag = if self.error.is_some() { FLAG_ERROR } else { 0 };
        writer.i16(FLAG_NOTIFICATION | error_flag);
        writer.i16(self.operation);
        if let Some(error) = &self.error {
            error.encode(writer);
        }
    }
}

fn decode_notification(
    id: i64,
    flags: i16,
    reader: &mut Reader<'_>,
) -> Result<NotificationHeader, DecodeError> {
    let operation = reader.i16()?;
    let error = decode_error(flags, reader)?;
    Ok(NotificationHeader {
        resource: ResourceId(id),
        operation,
        error,
    })
}

fn decode_error(flags: i16, reader: &mut Reader<'_>) -> Result<Option<ServerError>, DecodeError> {
    if flags & FLAG_ERROR == 0 {
        return Ok(None);
    }
    ServerError::decode(reader).map(Some)
}
