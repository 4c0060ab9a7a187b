//! A data streamer whose operations are waited for.

use std::borrow::Borrow;

use portway_ignite_protocol::{ReadValue, WriteValue};

use super::Blocking;
use super::methods::{ends, waits};
use crate::streamer::StreamerError;

/// Loads many entries; see [`DataStreamer`](crate::DataStreamer).
pub type DataStreamer<K, V> = Blocking<crate::DataStreamer<K, V>>;

impl<K: WriteValue + ReadValue, V: WriteValue + ReadValue> DataStreamer<K, V> {
    waits! { "DataStreamer":
        add[Q, W](key: &Q, value: &W) -> Result<(), StreamerError<K, V>>
            where [K: Borrow<Q>, V: Borrow<W>, Q: WriteValue + ?Sized, W: WriteValue + ?Sized];
        remove[Q](key: &Q) -> Result<(), StreamerError<K, V>>
            where [K: Borrow<Q>, Q: WriteValue + ?Sized];
        flush() -> Result<(), StreamerError<K, V>>;
    }

    ends! { "DataStreamer":
        close() -> Result<(), StreamerError<K, V>>;
    }
}
