//! Things a connection holds on the server: cursors, continuous queries.

use crate::codec::{DecodeError, Layout, Reader, Writer};

/// Names a resource of one connection. It means nothing on another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub i64);

impl Layout for ResourceId {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        writer.i64(self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.i64().map(Self)
    }
}
