//! Requests: their header, and whole frames.

use bytes::Bytes;

use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::frame::{FrameTooLong, frame_into};
use crate::operation::Operation;
use crate::request::{Request, RequestBody};
use crate::version::Dialect;

/// Where the id stands in the frame of a request: behind the length and the operation.
const REQUEST_ID: usize = size_of::<i32>() + size_of::<i16>();

/// The first fields of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader {
    /// The operation's number; see [`Operation`]. A server answers
    /// [`Status::INVALID_OPERATION`](crate::Status::INVALID_OPERATION) to one it does not know.
    pub operation: i16,
    /// The client's choice; the response repeats it.
    pub request_id: i64,
}

sequence!(RequestHeader {
    operation: i16,
    request_id: i64
});

/// A request as a frame.
///
/// # Errors
/// [`FrameTooLong`] when the request is over 2 GiB.
pub fn encode_request(
    request: &Request,
    request_id: i64,
    dialect: Dialect,
) -> Result<Bytes, FrameTooLong> {
    let mut writer = Writer::new().with_dialect(dialect);
    write_request(request, request_id, &mut writer)?;
    Ok(writer.into_bytes())
}

/// Appends the frame of a request; the writer's dialect and binary configuration say how.
///
/// # Errors
/// [`FrameTooLong`] when the request is over 2 GiB.
pub fn write_request(
    request: &impl RequestBody,
    request_id: i64,
    writer: &mut Writer,
) -> Result<(), FrameTooLong> {
    frame_into(writer, |writer| {
        RequestHeader {
            operation: request.operation().code(),
            request_id,
        }
        .encode(writer);
        request.encode_body(writer);
    })
}

/// Gives the frame of a request, as [`write_request`] writes it, another id: a frame can be made
/// before its id is known. Bytes that are too few for a request stay as they are.
pub fn set_request_id(frame: &mut [u8], request_id: i64) {
    if let Some(id) = frame.get_mut(REQUEST_ID..REQUEST_ID + size_of::<i64>()) {
        id.copy_from_slice(&request_id.to_le_bytes());
    }
}

/// A request as its receiver finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingRequest {
    /// The first fields, which every request has.
    pub header: RequestHeader,
    /// What is asked for. `None` for an operation that is not known here: answer
    /// [`Status::INVALID_OPERATION`](crate::Status::INVALID_OPERATION).
    pub request: Option<Request>,
}

impl IncomingRequest {
    /// Reads a request from a frame's payload. Raw values share the payload's memory.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that cannot be understood: close the connection.
    pub fn from_payload(payload: &Bytes, dialect: Dialect) -> Result<Self, DecodeError> {
        Self::read(Reader::shared(payload).with_dialect(dialect))
    }

    /// As [`from_payload`](Self::from_payload), with values in the form in which a server keeps
    /// them ([`Reader::keeping`]).
    ///
    /// # Errors
    /// As [`from_payload`](Self::from_payload).
    pub fn to_keep(payload: &Bytes, dialect: Dialect) -> Result<Self, DecodeError> {
        Self::read(Reader::shared(payload).with_dialect(dialect).keeping())
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, DecodeError> {
        let header = RequestHeader::decode(&mut reader)?;
        let request = match Operation::try_from(header.operation) {
            Ok(operation) => Request::decode_body(operation, &mut reader)?,
            Err(_) => None,
        };
        if request.is_some() {
            reader.finish()?;
        }
        Ok(Self { header, request })
    }
}
