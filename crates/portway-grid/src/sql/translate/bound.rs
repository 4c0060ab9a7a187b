//! Values that are known while a statement is translated.

use super::Typed;
use crate::sql::convert::convert;
use crate::sql::error::SqlError;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// A value for a numbered place of SQLite's text.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    value: SqlValue,
    /// Where it comes from, if it was given with the statement.
    argument: Option<Argument>,
}

/// An argument, and the types that it is converted to, one after the other.
#[derive(Clone, Debug)]
struct Argument {
    index: usize,
    types: Vec<SqlType>,
}

impl Bound {
    /// A value that stands in the statement, or follows from it.
    pub(super) fn written(value: SqlValue) -> Self {
        Self {
            value,
            argument: None,
        }
    }

    /// The argument with this index.
    pub(super) fn given(value: SqlValue, index: usize) -> Self {
        let types = Vec::new();
        Self {
            value,
            argument: Some(Argument { index, types }),
        }
    }

    /// The value in another type.
    pub(super) fn converted(&self, to: SqlType) -> Result<Self, SqlError> {
        let mut converted = self.clone();
        converted.value = convert(converted.value, to)?;
        if let Some(argument) = &mut converted.argument {
            argument.types.push(to);
        }
        Ok(converted)
    }

    /// The value that this stands for with these arguments.
    ///
    /// # Errors
    /// When an argument cannot be converted.
    pub(crate) fn with(&self, arguments: &[SqlValue]) -> Result<SqlValue, SqlError> {
        let Some(Argument { index, types }) = &self.argument else {
            return Ok(self.value.clone());
        };
        let given = arguments.get(*index).cloned().unwrap_or(SqlValue::Null);
        types
            .iter()
            .try_fold(given, |value, ty| convert(value, *ty))
    }

    pub(super) fn value(&self) -> &SqlValue {
        &self.value
    }

    pub(super) fn into_value(self) -> SqlValue {
        self.value
    }

    /// Whether it may be another value the next time.
    pub(super) fn is_given(&self) -> bool {
        self.argument.is_some()
    }
}

impl super::Translator<'_> {
    /// The value of an expression, where it is known. What depends on it is void with other
    /// arguments.
    pub(crate) fn known_value(&mut self, typed: &Typed) -> Option<SqlValue> {
        let bound = typed.bound()?;
        self.is_lasting &= !bound.is_given();
        Some(bound.value().clone())
    }
}
