//! Codecs of messages that outlive a call.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Codec, Status};

/// JSON, for the types of serde: what foreign programs at the other end of a broker read most
/// readily.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl<T: Serialize + DeserializeOwned> Codec<T> for Json {
    const CONTENT_TYPE: &'static str = "application/json";

    fn size_hint(_message: &T) -> usize {
        0
    }

    fn encode(message: &T, buffer: &mut BytesMut) -> Result<(), Status> {
        serde_json::to_writer(buffer.writer(), message)
            .map_err(|error| Status::internal("the message has no form in JSON").with_source(error))
    }

    fn decode(bytes: Bytes) -> Result<T, Status> {
        serde_json::from_slice(&bytes).map_err(|error| {
            Status::invalid_argument(format!("the message is no such JSON: {error}"))
        })
    }
}
