//! A statement of the corpus, and what a server answers to it.

use std::fmt;

use portway_ignite::{Client, Error, SqlQuery, Value};

use crate::argument::argument;
use crate::index_query::IndexQueryLine;

/// What stands between a statement and each of its arguments.
const SEPARATOR: &str = " ## ";

/// The mark of a line that reads the value of a key: `= CACHE ## int 1`.
const READ: &str = "= ";

/// A line of the corpus: a statement, then its arguments with their types.
pub(crate) struct Statement<'a> {
    text: &'a str,
    arguments: Vec<Value>,
}

impl<'a> Statement<'a> {
    /// The statement in a line; `None` for an empty line and for a comment.
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let mut parts = line.split(SEPARATOR);
        let text = parts.next()?.trim();
        if text.is_empty() || text.starts_with("--") {
            return None;
        }
        Some(Self {
            text,
            arguments: parts.map(argument).collect(),
        })
    }
}

impl fmt::Display for Statement<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}", self.text, self.arguments)
    }
}

/// What came of a statement, as far as it does not depend on the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Rows {
        columns: Vec<String>,
        rows: Vec<String>,
    },
    /// The SQLSTATE and the text, without what names a node or a type.
    Refused(String),
}

impl Answer {
    pub(crate) async fn of(client: &Client, statement: &Statement<'_>) -> Self {
        match Self::rows(client, statement).await {
            Ok(answer) => answer,
            Err(error) => Self::Refused(without_names(&error)),
        }
    }

    async fn rows(client: &Client, statement: &Statement<'_>) -> Result<Self, Error> {
        if let Some(query) = IndexQueryLine::parse(statement.text) {
            let (columns, rows) = (Vec::new(), query.rows(client).await?);
            return Ok(Self::Rows { columns, rows });
        }
        if let Some(cache) = statement.text.strip_prefix(READ) {
            let cache = client.cache::<Value, Value>(cache);
            let mut rows = Vec::new();
            for key in &statement.arguments {
                rows.push(format!("{:?}", cache.get(key).await?));
            }
            let columns = Vec::new();
            return Ok(Self::Rows { columns, rows });
        }
        let mut query = SqlQuery::new(statement.text);
        for argument in &statement.arguments {
            query = query.argument(argument);
        }
        let mut cursor = client.sql(query).await?;
        let columns = cursor.columns().to_vec();
        let mut rows = Vec::new();
        while let Some(row) = cursor.next().await {
            let row = row?;
            let values = (0..columns.len()).map(|column| row.get::<Value>(column));
            rows.push(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?));
        }
        if !statement.text.contains("ORDER BY") {
            rows.sort_unstable();
        }
        Ok(Self::Rows { columns, rows })
    }
}

/// The text of an error without node ids, made-up type names, and H2's list of what it expected.
fn without_names(error: &Error) -> String {
    let text = match error {
        Error::Server { error, .. } => format!("{:?} {}", error.status, error.message),
        other => other.to_string(),
    };
    let text = match (text.find("Syntax error"), text.find("; SQL statement")) {
        (Some(start), Some(_)) => text[..start + "Syntax error".len()].to_owned(),
        _ => text,
    };
    // A node shows its own form of the statement, in which tables have such names.
    let text = match (
        text.find("; SQL statement"),
        text.find(" must be in the GROUP BY list"),
    ) {
        (Some(start), Some(_)) => text[..start].to_owned(),
        _ => text,
    };
    match (text.find("[nodeId="), text.find("errMsg=")) {
        (Some(start), Some(end)) if start < end => text[..start].to_owned() + &text[end..],
        _ => text,
    }
}
