//! Open result sets: encoded rows of SQL that wait to be fetched.

use portway_ignite_protocol::ResourceId;

use super::{ConnectionId, Engine, EngineError, QueryInView};

/// Rows that are computed, and how many of them were sent.
#[derive(Debug, Default)]
pub(crate) struct EncodedRows {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
    page_size: usize,
    sent: usize,
    /// The statement, while somebody may see it.
    query: Option<Box<QueryInView>>,
}

impl EncodedRows {
    pub(crate) fn new(bytes: Vec<u8>, ends: Vec<usize>, page_size: usize) -> Self {
        Self {
            bytes,
            ends,
            page_size,
            sent: 0,
            query: None,
        }
    }

    /// Whether the first page has not all of them.
    pub(crate) fn is_longer_than_a_page(&self) -> bool {
        self.ends.len() > self.page_size
    }

    /// Shows the statement that they come of.
    pub(crate) fn show(&mut self, query: QueryInView) {
        self.query = Some(Box::new(query));
    }

    pub(super) fn hide(&mut self) {
        self.query = None;
    }

    pub(super) fn query(&self) -> Option<&QueryInView> {
        self.query.as_deref()
    }

    /// The next rows, how many they are, and whether there are more.
    pub(crate) fn next_page(&mut self) -> (usize, &[u8], bool) {
        let from = self.sent;
        let to = from.saturating_add(self.page_size).min(self.ends.len());
        self.sent = to;
        let end = |row: usize| row.checked_sub(1).and_then(|last| self.ends.get(last));
        let start = end(from).copied().unwrap_or(0);
        let end = end(to).copied().unwrap_or(0);
        let rows = self.bytes.get(start..end).unwrap_or_default();
        (to - from, rows, to < self.ends.len())
    }
}

/// Bytes that all waiting rows may hold together.
const WAITING_BYTES: usize = 1 << 30;

impl Engine {
    /// Gives rows a number under which the rest of them waits.
    pub(crate) fn open_rows(
        &mut self,
        connection: ConnectionId,
        rows: EncodedRows,
    ) -> Result<ResourceId, EngineError> {
        let open = self.result_sets.values();
        let waiting: usize = open.map(|rows| rows.bytes.len()).sum();
        if waiting.saturating_add(rows.bytes.len()) > WAITING_BYTES {
            return Err(EngineError::TooManyRowsWait {
                limit: WAITING_BYTES,
            });
        }
        let id = self.reserve_resource(connection)?;
        self.result_sets.insert(connection, id, rows);
        Ok(id)
    }

    /// The next page of rows, given to `read`. With the last one the rows are released.
    pub(crate) fn next_rows<T>(
        &mut self,
        connection: ConnectionId,
        id: ResourceId,
        read: impl FnOnce((usize, &[u8], bool)) -> T,
    ) -> Result<T, EngineError> {
        let rows = self.result_sets.get_mut(connection, id);
        let page = rows.ok_or(EngineError::ResourceNotFound(id))?.next_page();
        let has_more = page.2;
        let read = read(page);
        if !has_more && self.result_sets.remove(connection, id) {
            self.release_resource(connection);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_pages() {
        let mut rows = EncodedRows::new(vec![1, 2, 2, 3], vec![1, 3, 4], 2);
        assert_eq!(rows.next_page(), (2, &[1u8, 2, 2][..], true));
        assert_eq!(rows.next_page(), (1, &[3u8][..], false));
        let mut none = EncodedRows::default();
        assert_eq!(none.next_page(), (0, &[][..], false));
    }
}
