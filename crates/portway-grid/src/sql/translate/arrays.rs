//! Arrays: rows of values in parentheses, and functions of arrays.

use sqlparser::ast::Expr;

use super::calls::wrong_count;
use super::query::Output;
use super::{Translator, Typed};
use crate::sql::array::compare::COLLATION;
use crate::sql::array::{Array, array_literal};
use crate::sql::error::SqlError;
use crate::sql::functions::type_number;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// Elements of one call: SQLite's functions take no more than 127 arguments.
const ELEMENTS_OF_A_CALL: usize = 60;

/// Calls whose arrays are put together.
const MOST_CALLS: usize = 100;

impl Translator<'_> {
    /// `(1, 'a')`
    pub(super) fn array_of(&mut self, elements: &[Expr]) -> Result<Typed, SqlError> {
        let mut typed = Vec::new();
        for element in elements {
            typed.push(self.expression(element)?);
        }
        self.array(&typed)
    }

    /// An array of translated elements.
    pub(super) fn array(&mut self, elements: &[Typed]) -> Result<Typed, SqlError> {
        let constants = elements.iter().map(|element| element.constant().cloned());
        if let Some(constants) = constants.collect::<Option<Vec<SqlValue>>>() {
            return Array::made(constants)
                .map(SqlValue::Array)
                .map(Typed::literal);
        }
        if elements.len() > ELEMENTS_OF_A_CALL * MOST_CALLS {
            return Err(SqlError::unsupported("an array so long"));
        }
        let mut calls = Vec::new();
        for elements in elements.chunks(ELEMENTS_OF_A_CALL) {
            let mut codes = Vec::new();
            for element in elements {
                codes.push(self.typed_code(element)?);
            }
            calls.push(format!("h2_array({})", codes.join(", ")));
        }
        let code = match calls.as_slice() {
            [only] => only.clone(),
            calls => format!("h2_array_joined({})", calls.join(", ")),
        };
        let name = array_literal(elements.iter().map(|element| element.name.clone()));
        Ok(Typed::new(code, SqlType::Array, name))
    }

    /// Writes a value behind its type, as functions take it that see values of any.
    pub(super) fn typed_code(&mut self, typed: &Typed) -> Result<String, SqlError> {
        if let SqlType::Entry(_) = typed.ty {
            return Err(SqlError::unsupported("a whole entry in an array"));
        }
        Ok(format!("{}, {}", type_number(typed.ty), self.code(typed)))
    }

    /// The function of arrays with this name, if it is one.
    pub(super) fn array_function(
        &mut self,
        name: &str,
        arguments: &[Typed],
        shown: &str,
    ) -> Result<Option<Typed>, SqlError> {
        let (code, ty) = match (name, arguments) {
            ("ARRAY_GET", [array, index]) => {
                let array = self.typed_code(array)?;
                let index = self.converted(index, SqlType::Int)?;
                let index = self.code(&index);
                (format!("h2_array_get({array}, {index})"), SqlType::Any)
            }
            ("ARRAY_LENGTH", [array]) => {
                let array = self.typed_code(array)?;
                (format!("h2_array_length({array})"), SqlType::Int)
            }
            ("ARRAY_CONTAINS", [array, value]) => {
                let (array, value) = (self.typed_code(array)?, self.typed_code(value)?);
                let code = format!("h2_array_contains({array}, {value})");
                (code, SqlType::Boolean)
            }
            ("ARRAY_GET" | "ARRAY_CONTAINS", _) => return Err(wrong_count(name, 2, 2)),
            ("ARRAY_LENGTH", _) => return Err(wrong_count(name, 1, 1)),
            _ => return Ok(None),
        };
        let typed = Typed::new(code, ty, shown.to_owned());
        let parts: Vec<&Typed> = arguments.iter().collect();
        self.folded(typed, &parts).map(Some)
    }

    /// The one row of a subquery with several columns is an array.
    pub(super) fn row_of_subquery(
        &mut self,
        text: &str,
        outputs: &[Output],
        name: String,
    ) -> Result<Typed, SqlError> {
        let columns = outputs.iter().enumerate();
        let columns = columns.map(|(number, output)| {
            Typed::new(format!("c{number}"), output.ty, output.name.clone())
        });
        let columns: Vec<Typed> = columns.collect();
        let row = self.array(&columns)?;
        let row = self.code(&row);
        let one = format!("(SELECT h2_only({row}) FROM (SELECT * FROM ({text}) LIMIT 2))");
        Ok(Typed::new(one, SqlType::Array, name))
    }

    /// Writes a comparison in which each value tells its type.
    pub(super) fn compared_as_they_are(
        &mut self,
        operator: &str,
        left: &Typed,
        right: &Typed,
    ) -> Result<String, SqlError> {
        let order = format!(
            "h2_compared({}, {})",
            self.typed_code(left)?,
            self.typed_code(right)?
        );
        if !operator.starts_with("IS") {
            return Ok(format!("({order} {operator} 0)"));
        }
        // Null is null, and nothing else is.
        let (left, right) = (self.code(left), self.code(right));
        let same = format!("coalesce({order} = 0, {left} IS NULL AND {right} IS NULL)");
        Ok(match operator {
            "IS" => format!("({same})"),
            _ => format!("(NOT {same})"),
        })
    }
}

/// The code of a value that tells its type, so that SQLite compares it rightly.
pub(super) fn collated(code: &str) -> String {
    format!("({code} COLLATE {COLLATION})")
}
