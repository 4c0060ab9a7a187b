//! Comparisons of rows of values: `(a, b) = (1, 2)` and `(a, b) IN ((1, 2), (3, 4))`.

use sqlparser::ast::Expr;

use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;

impl Translator<'_> {
    /// Writes that two rows are equal, or that they differ.
    pub(super) fn equal_rows(
        &mut self,
        left: &[Expr],
        right: &[Expr],
        negated: bool,
    ) -> Result<Typed, SqlError> {
        let (names, code) = self.row_is(left, right)?;
        let (sign, code) = match negated {
            true => ("<>", format!("(NOT {code})")),
            false => ("=", code),
        };
        let name = format!("({} {sign} {})", names.0, names.1);
        Ok(Typed::new(code, SqlType::Boolean, name))
    }

    /// Writes that a row is one of several.
    pub(super) fn row_in(
        &mut self,
        row: &[Expr],
        list: &[Expr],
        negated: bool,
    ) -> Result<Typed, SqlError> {
        let mut found = vec!["0".to_owned()];
        let mut shown = Vec::new();
        let mut left = String::new();
        for item in list {
            let Expr::Tuple(item) = item else {
                return Err(column_count());
            };
            let (names, code) = self.row_is(row, item)?;
            found.push(code);
            left = names.0;
            shown.push(names.1);
        }
        let name = format!("({left} IN({}))", shown.join(", "));
        let code = format!("({})", found.join(" OR "));
        let code = if negated {
            format!("(NOT {code})")
        } else {
            code
        };
        Ok(Typed::new(code, SqlType::Boolean, name))
    }

    fn row_is(
        &mut self,
        left: &[Expr],
        right: &[Expr],
    ) -> Result<((String, String), String), SqlError> {
        if left.len() != right.len() {
            return Err(column_count());
        }
        let (mut equal, mut lefts, mut rights) = (Vec::new(), Vec::new(), Vec::new());
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (self.expression(left)?, self.expression(right)?);
            equal.push(self.compared("=", &left, &right)?);
            lefts.push(left.name);
            rights.push(right.name);
        }
        let row = |names: &[String]| format!("({})", names.join(", "));
        let code = format!("({})", equal.join(" AND "));
        Ok(((row(&lefts), row(&rights)), code))
    }
}

fn column_count() -> SqlError {
    SqlError::parse(code::COLUMN_COUNT, "Column count does not match")
}
