//! Entries by the order of an index, without SQL.

use std::num::NonZeroU32;

use portway_ignite_protocol::{
    CacheHeader, CodePlatform, Feature, IndexCriterion, IndexQueryRequest, IndexRange, RawValue,
    Request, WriteValue,
};

use super::Cache;
use super::cursor::Cursor;
use super::filter::Filter;
use super::scan::{PAGE_SIZE, number};
use crate::client::{Argument, Describe, Encoder, Need, NeedOf, Operation, TypesOf, encode_all};
use crate::error::Error;
use crate::paging::NextPage;

const INDEX_QUERY: Operation<'static> = Operation::read("index_query");
const NEXT_PAGE: NextPage = NextPage {
    name: "the next page of an index query",
    request: Request::IndexQueryPage,
};
const QUERIES: Need = Need {
    of: NeedOf::Feature(Feature::IndexQuery),
    what: "index queries",
};
const LIMITS: Need = Need {
    of: NeedOf::Feature(Feature::IndexQueryLimit),
    what: "a limit in index queries",
};

/// Which entries an index query answers, in the order of the index.
///
/// The fields of the criteria must be those of one index, from its first on. A criterion names a
/// column as the index does; `_KEY` is the key.
///
/// ```no_run
/// # use portway_ignite::{Cache, Error, IndexQuery, Value};
/// # async fn adults(people: Cache<i64, Value>) -> Result<(), Error> {
/// let query = IndexQuery::new("Person").greater_or_equal("AGE", &18).limit(10);
/// let mut adults = people.index_query(query).await?;
/// while let Some(entry) = adults.next().await {
///     let (number, person) = entry?;
///     println!("{number}: {person:?}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IndexQuery<'q> {
    value_type: String,
    index: Option<String>,
    criteria: Vec<Criterion<'q>>,
    filter: Option<Filter>,
    page_size: NonZeroU32,
    limit: Option<u32>,
    partition: Option<u32>,
    local: bool,
    keep_binary: bool,
}

#[derive(Clone, Debug)]
struct Criterion<'q> {
    field: String,
    of: CriterionOf<'q>,
}

#[derive(Clone, Debug)]
enum CriterionOf<'q> {
    Range {
        lower: Option<Argument<'q>>,
        upper: Option<Argument<'q>>,
        ends: Ends,
    },
    In(Vec<Argument<'q>>),
}

/// Whether the ends of a range belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Inclusive,
    Exclusive,
}

impl<'q> IndexQuery<'q> {
    /// All entries whose values are of this type, in the order of the primary key's index unless
    /// another is named or found by the criteria.
    #[must_use]
    pub fn new(value_type: impl Into<String>) -> Self {
        Self {
            value_type: value_type.into(),
            index: None,
            criteria: Vec::new(),
            filter: None,
            page_size: PAGE_SIZE,
            limit: None,
            partition: None,
            local: false,
            keep_binary: false,
        }
    }

    /// Names the index. Default: the one whose columns are those of the criteria.
    #[must_use]
    pub fn index(mut self, name: impl Into<String>) -> Self {
        self.index = Some(name.into());
        self
    }

    /// Only entries whose field has this value.
    #[must_use]
    pub fn equal<T>(self, field: impl Into<String>, value: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        self.between(field, value, value)
    }

    /// Only entries whose field is at least `least` and at most `most`.
    #[must_use]
    pub fn between<T>(self, field: impl Into<String>, least: &'q T, most: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        let (least, most) = (Argument::new(least), Argument::new(most));
        self.range(field, Some(least), Some(most), Ends::Inclusive)
    }

    /// Only entries whose field is less than `value`. Nulls are the least.
    #[must_use]
    pub fn less<T>(self, field: impl Into<String>, value: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        self.range(field, None, Some(Argument::new(value)), Ends::Exclusive)
    }

    /// Only entries whose field is at most `value`. Nulls are the least.
    #[must_use]
    pub fn less_or_equal<T>(self, field: impl Into<String>, value: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        self.range(field, None, Some(Argument::new(value)), Ends::Inclusive)
    }

    /// Only entries whose field is greater than `value`.
    #[must_use]
    pub fn greater<T>(self, field: impl Into<String>, value: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        self.range(field, Some(Argument::new(value)), None, Ends::Exclusive)
    }

    /// Only entries whose field is at least `value`.
    #[must_use]
    pub fn greater_or_equal<T>(self, field: impl Into<String>, value: &'q T) -> Self
    where
        T: WriteValue + Sync + ?Sized,
    {
        self.range(field, Some(Argument::new(value)), None, Ends::Inclusive)
    }

    /// Only entries whose field is one of these values, of which there must be at least one.
    #[must_use]
    pub fn one_of<T>(
        mut self,
        field: impl Into<String>,
        values: impl IntoIterator<Item = &'q T>,
    ) -> Self
    where
        T: WriteValue + Sync + ?Sized + 'q,
    {
        self.criteria.push(Criterion {
            field: field.into(),
            of: CriterionOf::In(values.into_iter().map(Argument::new).collect()),
        });
        self
    }

    /// Only entries that a filter accepts as well; see [`ScanQuery::filter`](crate::ScanQuery).
    #[must_use]
    pub fn filter<F: WriteValue + Send + Sync + 'static>(mut self, filter: F) -> Self {
        self.filter = Some(Filter::new(filter, CodePlatform::Java));
        self
    }

    /// Hands the filter binary objects instead of objects of their Java classes.
    #[must_use]
    pub fn keep_binary(mut self) -> Self {
        self.keep_binary = true;
        self
    }

    /// Sets how many entries travel at once. Default: 1024.
    #[must_use]
    pub fn page_size(mut self, entries: NonZeroU32) -> Self {
        self.page_size = entries;
        self
    }

    /// Sets how many entries are answered at most; 0 for all. Nodes before 2.15 know no limit: the
    /// query then fails with [`Error::Unsupported`].
    #[must_use]
    pub fn limit(mut self, entries: u32) -> Self {
        self.limit = Some(entries);
        self
    }

    /// Looks at one partition only.
    #[must_use]
    pub fn partition(mut self, partition: u32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Looks only at what the node holds that is asked, whichever that is.
    #[must_use]
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    fn range(
        mut self,
        field: impl Into<String>,
        lower: Option<Argument<'q>>,
        upper: Option<Argument<'q>>,
        ends: Ends,
    ) -> Self {
        self.criteria.push(Criterion {
            field: field.into(),
            of: CriterionOf::Range { lower, upper, ends },
        });
        self
    }

    /// Nodes answer without a reason what no value can be.
    fn check(&self) -> Result<(), Error> {
        let is_of_none = |criterion: &Criterion<'_>| matches!(&criterion.of, CriterionOf::In(values) if values.is_empty());
        match self.criteria.iter().any(is_of_none) {
            true => Err(Error::Senseless {
                operation: INDEX_QUERY.name(),
                reason: "one_of was given no values, which no entry has; give at least one",
            }),
            false => Ok(()),
        }
    }

    /// The binary types of all values.
    fn described(&self) -> impl Iterator<Item = Describe> + '_ {
        let values = self.criteria.iter().flat_map(Criterion::arguments);
        let filter = self.filter.iter().map(Filter::argument);
        let of_filter = filter.map(Argument::describe);
        values.map(Argument::describe).chain(of_filter)
    }

    fn request(&self, header: CacheHeader, encoder: &Encoder) -> IndexQueryRequest {
        let encode = |criterion: &Criterion<'_>| criterion.encode(encoder);
        let criteria: Vec<IndexCriterion> = self.criteria.iter().map(encode).collect();
        IndexQueryRequest {
            header: CacheHeader {
                keep_binary: self.keep_binary || self.filter.is_none(),
                ..header
            },
            page_size: number(self.page_size.get()),
            local: self.local,
            partition: self.partition.map_or(-1, number),
            limit: self.limit.map_or(0, number),
            value_type: Some(self.value_type.clone()),
            index: self.index.clone(),
            criteria: (!criteria.is_empty()).then_some(criteria),
            filter: self.filter.as_ref().map(|filter| filter.encode(encoder)),
        }
    }
}

impl<'q> Criterion<'q> {
    fn arguments(&self) -> impl Iterator<Item = &Argument<'q>> {
        let (ends, values) = match &self.of {
            CriterionOf::Range { lower, upper, .. } => ([lower.as_ref(), upper.as_ref()], &[][..]),
            CriterionOf::In(values) => ([None, None], values.as_slice()),
        };
        ends.into_iter().flatten().chain(values)
    }

    fn encode(&self, encoder: &Encoder) -> IndexCriterion {
        let field = self.field.clone();
        match &self.of {
            CriterionOf::In(values) => IndexCriterion::In {
                field,
                values: encode_all(values, encoder),
            },
            CriterionOf::Range { lower, upper, ends } => {
                let encode = |end: &Argument<'_>| end.encode(encoder);
                let (lower, upper) = (lower.as_ref().map(encode), upper.as_ref().map(encode));
                IndexCriterion::Range(range(field, lower, upper, *ends))
            }
        }
    }
}

/// An end that is not there belongs to the range, as the Java client has it.
fn range(
    field: String,
    lower: Option<RawValue>,
    upper: Option<RawValue>,
    ends: Ends,
) -> IndexRange {
    let is_null = |end: &Option<RawValue>| end.as_ref().is_some_and(RawValue::is_null);
    IndexRange {
        field,
        lower_inclusive: ends == Ends::Inclusive || lower.is_none(),
        upper_inclusive: ends == Ends::Inclusive || upper.is_none(),
        lower_is_null: is_null(&lower),
        upper_is_null: is_null(&upper),
        lower: lower.unwrap_or(RawValue::NULL),
        upper: upper.unwrap_or(RawValue::NULL),
    }
}

impl<K, V> Cache<K, V> {
    /// Answers entries by an index. Operations 2008 and 2009.
    ///
    /// # Errors
    /// As every operation of a [`Cache`], [`Error::TooManyResources`], [`Error::Senseless`] for
    /// [`one_of`](IndexQuery::one_of) no value, and [`Error::Unsupported`] for a node that knows no
    /// index queries. Nodes without the module for SQL refuse it.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
    pub async fn index_query(&self, query: IndexQuery<'_>) -> Result<Cursor<K, V>, Error> {
        query.check()?;
        let need = if query.limit.is_some() {
            &LIMITS
        } else {
            &QUERIES
        };
        let types = TypesOf::described_by_all(query.described());
        let operation = self
            .on_partition(INDEX_QUERY, query.partition)
            .needing(Some(need))
            .with_types(&types);
        let build =
            |encoder: &Encoder| Request::IndexQuery(query.request(self.query_header(), encoder));
        self.open_cursor(operation, NEXT_PAGE, build).await
    }
}
