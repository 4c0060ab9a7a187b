//! Metadata as headers of NATS.

use async_nats::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    header::CONTENT_TYPE,
    pattern::wire::{Incoming, Outgoing},
};

/// Headers that begin so are the server's own.
const OF_THE_SERVER: &str = "nats-";

/// The headers of a message that goes out.
pub(super) fn headers(message: &Outgoing) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, message.content_type);
    for (name, value) in message.headers() {
        let pair = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        // Metadata are printable ASCII without colons in the names: both sides always parse.
        if let (Ok(name), Ok(value)) = pair {
            headers.append(name, value);
        }
    }
    headers
}

/// A message that came in.
pub(super) fn incoming(message: async_nats::Message) -> Incoming {
    let mut incoming = Incoming::new(message.payload);
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        let name: &str = name.as_ref();
        if name.to_ascii_lowercase().starts_with(OF_THE_SERVER) {
            continue;
        }
        for value in values {
            incoming.add_header(name, value.as_str());
        }
    }
    incoming
}
