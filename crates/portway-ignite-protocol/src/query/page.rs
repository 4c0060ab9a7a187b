//! What queries over entries answer: a cursor and its pages.

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::resource::ResourceId;

/// A part of the rows of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more. If not, the server has already closed the cursor.
    pub has_more: bool,
}

impl<T: Layout> Layout for Page<T> {
    const MINIMUM_SIZE: usize = 5;

    fn encode(&self, writer: &mut Writer) {
        self.rows.encode(writer);
        writer.bool(self.has_more);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(T::MINIMUM_SIZE)?;
        let row = |_| {
            // What is in a row is not built here, so that only what one row can cost is bounded.
            reader.restart_value_count();
            T::decode(reader)
        };
        Ok(Self {
            rows: (0..count).map(row).collect::<Result<_, _>>()?,
            has_more: reader.bool()?,
        })
    }
}

/// The answer to a query: the first page and how to get the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<T> {
    /// Names the cursor; it is open only if the page says there is more.
    pub id: ResourceId,
    /// The first page.
    pub page: Page<T>,
}

impl<T: Layout> Layout for Cursor<T> {
    const MINIMUM_SIZE: usize = 13;

    fn encode(&self, writer: &mut Writer) {
        self.id.encode(writer);
        self.page.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: Layout::decode(reader)?,
            page: Layout::decode(reader)?,
        })
    }
}
