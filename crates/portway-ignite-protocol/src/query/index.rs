//! Index queries (operations 2008 and 2009): entries by the order of an index, without SQL.

use super::RemoteFilter;
use crate::cache::CacheHeader;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::feature::Feature;
use crate::value::RawValue;

/// Looks for the entries whose indexed fields fulfil criteria, in the order of the index. Answers
/// a [`Cursor`](crate::Cursor) of [`Entry`](crate::Entry). Needs [`Feature::IndexQuery`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexQueryRequest {
    /// The cache.
    pub header: CacheHeader,
    /// How many entries a page has.
    pub page_size: i32,
    /// Whether only the entries of the node itself count.
    pub local: bool,
    /// The only partition to look at, or -1 for all.
    pub partition: i32,
    /// How many entries are answered at most; 0 for all. Needs [`Feature::IndexQueryLimit`].
    pub limit: i32,
    /// The type of the values.
    pub value_type: Option<String>,
    /// The index, if it is not to be found by the fields of the criteria.
    pub index: Option<String>,
    /// What entries must fulfil; `None` for nothing.
    pub criteria: Option<Vec<IndexCriterion>>,
    /// Which entries of those, if not all.
    pub filter: Option<RemoteFilter>,
}

/// Stands before criteria, in place of null.
const LIST: u8 = 1;

impl Layout for IndexQueryRequest {
    const MINIMUM_SIZE: usize = 18;

    fn encode(&self, writer: &mut Writer) {
        self.header.encode(writer);
        writer.i32(self.page_size);
        writer.bool(self.local);
        writer.i32(self.partition);
        if writer.dialect().has(Feature::IndexQueryLimit) {
            writer.i32(self.limit);
        }
        self.value_type.encode(writer);
        self.index.encode(writer);
        match &self.criteria {
            Some(criteria) => {
                writer.u8(LIST);
                criteria.encode(writer);
            }
            None => writer.null(),
        }
        self.filter.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let has_limit = reader.dialect().has(Feature::IndexQueryLimit);
        Ok(Self {
            header: Layout::decode(reader)?,
            page_size: reader.i32()?,
            local: reader.bool()?,
            partition: reader.i32()?,
            limit: if has_limit { reader.i32()? } else { 0 },
            value_type: Layout::decode(reader)?,
            index: Layout::decode(reader)?,
            criteria: decode_criteria(reader)?,
            filter: Layout::decode(reader)?,
        })
    }
}

fn decode_criteria(reader: &mut Reader<'_>) -> Result<Option<Vec<IndexCriterion>>, DecodeError> {
    if reader.take_null() {
        return Ok(None);
    }
    reader.expect_tag(LIST, "index criteria")?;
    Layout::decode(reader).map(Some)
}

/// What a field of an index must fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexCriterion {
    /// It is between two values.
    Range(IndexRange),
    /// It is one of several values.
    In {
        /// The field.
        field: String,
        /// The values.
        values: Vec<RawValue>,
    },
}

/// The values of a field between two ends.
///
/// An end that is null stands for "no end", unless null itself is meant as the least value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRange {
    /// The field.
    pub field: String,
    /// Whether the lower end counts.
    pub lower_inclusive: bool,
    /// Whether the upper end counts.
    pub upper_inclusive: bool,
    /// Whether a lower end that is null is a value.
    pub lower_is_null: bool,
    /// Whether an upper end that is null is a value.
    pub upper_is_null: bool,
    /// The lower end.
    pub lower: RawValue,
    /// The upper end.
    pub upper: RawValue,
}

sequence!(IndexRange {
    field: String,
    lower_inclusive: bool,
    upper_inclusive: bool,
    lower_is_null: bool,
    upper_is_null: bool,
    lower: RawValue,
    upper: RawValue,
});

impl IndexCriterion {
    const RANGE: u8 = 0;
    const IN: u8 = 1;
}

impl Layout for IndexCriterion {
    /// The kind, a field and an empty list.
    const MINIMUM_SIZE: usize = 10;

    fn encode(&self, writer: &mut Writer) {
        match self {
            Self::Range(range) => {
                writer.u8(Self::RANGE);
                range.encode(writer);
            }
            Self::In { field, values } => {
                writer.u8(Self::IN);
                field.encode(writer);
                values.encode(writer);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            Self::RANGE => Layout::decode(reader).map(Self::Range),
            Self::IN => Ok(Self::In {
                field: Layout::decode(reader)?,
                values: Layout::decode(reader)?,
            }),
            unknown => Err(DecodeError::UnknownCode {
                what: "index criterion",
                value: unknown.into(),
            }),
        }
    }
}
