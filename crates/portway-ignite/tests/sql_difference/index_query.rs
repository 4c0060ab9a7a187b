//! An index query of the corpus: `? CACHE TYPE | FIELD OPERATOR VALUE, ... | OPTION ...`.

use std::num::NonZeroU32;

use portway_ignite::{Client, Error, IndexQuery, Value};

use crate::argument::argument;

/// The mark of a line that is an index query.
const MARK: &str = "? ";

/// A line: the cache, the type of its values, then what is asked for, with bars between them.
pub(crate) struct IndexQueryLine<'a> {
    cache: &'a str,
    value_type: &'a str,
    parts: Vec<Part<'a>>,
}

enum Part<'a> {
    Criterion {
        field: &'a str,
        operator: &'a str,
        values: Vec<Value>,
    },
    Option {
        name: &'a str,
        value: &'a str,
    },
}

impl<'a> IndexQueryLine<'a> {
    /// The query in a line; `None` for a line that is something else.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let mut parts = line.strip_prefix(MARK)?.split('|').map(str::trim);
        let (cache, value_type) = parts.next()?.split_once(' ')?;
        Some(Self {
            cache,
            value_type,
            parts: parts.map(Part::parse).collect(),
        })
    }

    /// Keys and values in the order in which they come.
    pub(crate) async fn rows(&self, client: &Client) -> Result<Vec<String>, Error> {
        let mut query = IndexQuery::new(self.value_type);
        for part in &self.parts {
            query = part.add_to(query);
        }
        let cache = client.cache::<Value, Value>(self.cache);
        let mut cursor = cache.index_query(query).await?;
        let mut rows = Vec::new();
        while let Some(entry) = cursor.next().await {
            let (key, value) = entry?;
            rows.push(format!("{key:?} {value:?}"));
        }
        Ok(rows)
    }
}

impl<'a> Part<'a> {
    fn parse(text: &'a str) -> Self {
        let mut words = text.splitn(3, ' ');
        let name = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        match words.next() {
            None => Self::Option {
                name,
                value: second,
            },
            Some(values) => Self::Criterion {
                field: name,
                operator: second,
                values: values.split(", ").map(argument).collect(),
            },
        }
    }

    fn add_to<'q>(&'q self, query: IndexQuery<'q>) -> IndexQuery<'q> {
        match self {
            Self::Option { name, value } => match *name {
                "index" => query.index(*value),
                "limit" => query.limit(value.parse().expect("a number")),
                "partition" => query.partition(value.parse().expect("a number")),
                "page" => query.page_size(value.parse::<NonZeroU32>().expect("a number")),
                "local" => query.local(),
                other => panic!("no option of index queries: {other}"),
            },
            Self::Criterion {
                field,
                operator,
                values,
            } => match (*operator, values.as_slice()) {
                ("=", [value]) => query.equal(*field, value),
                ("<", [value]) => query.less(*field, value),
                ("<=", [value]) => query.less_or_equal(*field, value),
                (">", [value]) => query.greater(*field, value),
                (">=", [value]) => query.greater_or_equal(*field, value),
                ("between", [least, most]) => query.between(*field, least, most),
                ("in", values) => query.one_of(*field, values),
                (other, _) => panic!("no operator of index queries: {other}"),
            },
        }
    }
}
