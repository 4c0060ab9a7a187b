//! The frame of a request, in memory that is used again and again.

use std::cell::Cell;

use portway_ignite_protocol::{
    BinaryConfiguration, Dialect, RequestBody, Writer, WriterNotes, write_request,
};

use crate::error::Error;

/// A longer frame gives its memory back.
const KEPT_FRAME: usize = 64 * 1024;

thread_local! {
    /// The memory of the last frame that this thread sent. It is taken out while it is in use, so
    /// that a value that makes a request while it is written finds none and takes new memory.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A request for one connection, without an id yet.
#[derive(Debug)]
pub(crate) struct Frame {
    bytes: Vec<u8>,
    notes: Option<Box<WriterNotes>>,
    asked_for_binary: bool,
}

impl Frame {
    /// Writes a request. This runs code of the values' types, so it is done under no lock.
    pub(super) fn encode(
        request: &impl RequestBody,
        dialect: Dialect,
        binary: BinaryConfiguration,
        limit: usize,
    ) -> Result<Self, Error> {
        let mut writer = Writer::reusing(SPARE.take())
            .with_dialect(dialect)
            .with_binary(binary)
            .collecting_types();
        let too_long = |size| Error::RequestTooLong { size, limit };
        write_request(request, 0, &mut writer).map_err(|error| too_long(error.length))?;
        if writer.position() > limit {
            return Err(too_long(writer.position()));
        }
        Ok(Self {
            notes: writer.take_notes(),
            asked_for_binary: writer.asked_for_binary(),
            bytes: writer.into_buffer(),
        })
    }

    /// Whether its bytes depend on how the cluster wants binary objects.
    pub(crate) fn asked_for_binary(&self) -> bool {
        self.asked_for_binary
    }

    /// What came up while values were written straight into the frame.
    pub(crate) fn take_notes(&mut self) -> Option<Box<WriterNotes>> {
        self.notes.take()
    }

    /// Hands the bytes to `send`, which may take them, and keeps the memory that is left.
    pub(super) fn send<T>(mut self, send: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let sent = send(&mut self.bytes);
        if self.bytes.capacity() <= KEPT_FRAME {
            SPARE.set(self.bytes);
        }
        sent
    }
}
