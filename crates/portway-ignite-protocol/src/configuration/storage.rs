//! Where a cache keeps its pages.

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::value::tag;

/// Folders that a node has been told of, among which the pages of a cache are spread.
///
/// On the wire it is an array of strings, or null for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoragePaths(pub Vec<String>);

impl Layout for StoragePaths {
    fn encode(&self, writer: &mut Writer) {
        if self.0.is_empty() {
            return writer.null();
        }
        writer.u8(tag::STRING_ARRAY);
        self.0.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.take_null() {
            return Ok(Self::default());
        }
        reader.expect_tag(tag::STRING_ARRAY, "an array of strings")?;
        Layout::decode(reader).map(Self)
    }
}

impl<T: Into<String>> FromIterator<T> for StoragePaths {
    fn from_iter<I: IntoIterator<Item = T>>(paths: I) -> Self {
        Self(paths.into_iter().map(Into::into).collect())
    }
}
