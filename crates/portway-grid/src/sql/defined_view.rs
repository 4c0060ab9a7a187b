//! Views of users: queries that stand where their names do.

use sqlparser::ast::Query;

use super::catalog::table_not_found;
use super::error::{SqlError, code};
use super::parse::query_of_view;
use crate::engine::SqlView;

/// A view with its query.
#[derive(Debug)]
pub(crate) struct DefinedView {
    kept: SqlView,
    /// None where the text is no query.
    query: Option<Box<Query>>,
}

impl DefinedView {
    pub(crate) fn new(kept: SqlView) -> Self {
        let query = query_of_view(&kept.sql);
        Self { kept, query }
    }

    /// What is kept of it.
    pub(crate) fn kept(&self) -> &SqlView {
        &self.kept
    }

    pub(crate) fn schema(&self) -> &str {
        &self.kept.schema
    }

    pub(crate) fn name(&self) -> &str {
        &self.kept.name
    }

    /// # Errors
    /// H2's, when the text is none.
    pub(crate) fn query(&self) -> Result<&Query, SqlError> {
        self.query.as_deref().ok_or_else(|| self.not_found())
    }

    /// The columns that it has had since it was made, whatever its tables have got since.
    pub(crate) fn columns(&self) -> Option<&[String]> {
        self.kept.columns.as_deref()
    }

    /// What is told when the query cannot be carried out: a view whose tables are gone is not there,
    /// and neither is one that could never be read. A missing column is named.
    pub(crate) fn refused(&self, error: SqlError) -> SqlError {
        match error {
            SqlError::Parse {
                code: code::COLUMN_NOT_FOUND,
                ..
            } if self.kept.columns.is_some() => error,
            SqlError::Parse {
                code: code::UNSUPPORTED,
                ..
            } => error,
            SqlError::Parse { .. } => self.not_found(),
            other => other,
        }
    }

    fn not_found(&self) -> SqlError {
        table_not_found(&self.kept.name)
    }
}
