//! Comparisons of rows of values: `(a, b) = (1, 2)` and `(a, b) IN ((1, 2), (3, 4))`.
//!
//! They compare arrays. Where columns stand on one side and values on the other the columns are
//! compared too, one by one: SQLite's indexes know nothing of arrays.

use sqlparser::ast::Expr;

use super::{Translator, Typed};
use crate::sql::error::SqlError;
use crate::sql::types::SqlType;

impl Translator<'_> {
    /// Writes that two rows are equal.
    pub(super) fn equal_rows(&mut self, left: &[Expr], right: &[Expr]) -> Result<Typed, SqlError> {
        let (left, right) = (self.row(left)?, self.row(right)?);
        let arrays = (self.array(&left)?, self.array(&right)?);
        let code = self.row_is((&left, &arrays.0), (&right, &arrays.1))?;
        let name = format!("({} = {})", arrays.0.name, arrays.1.name);
        let typed = Typed::new(code, SqlType::Boolean, name);
        self.folded(typed, &[&arrays.0, &arrays.1])
    }

    /// Writes that a row is one of several.
    pub(super) fn row_in(
        &mut self,
        row: &[Expr],
        list: &[Expr],
        negated: bool,
    ) -> Result<Typed, SqlError> {
        let left = self.row(row)?;
        let row = self.array(&left)?;
        let mut found = Vec::new();
        let mut items = Vec::new();
        for item in list {
            let item = match item {
                Expr::Tuple(item) => {
                    let right = self.row(item)?;
                    let item = self.array(&right)?;
                    found.push(self.row_is((&left, &row), (&right, &item))?);
                    item
                }
                other => {
                    let item = self.expression(other)?;
                    found.push(self.compared("=", &row, &item)?);
                    item
                }
            };
            items.push(item);
        }
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let name = format!("({} IN({}))", row.name, names.join(", "));
        let code = format!("({})", found.join(" OR "));
        let code = if negated {
            format!("(NOT {code})")
        } else {
            code
        };
        let typed = Typed::new(code, SqlType::Boolean, name);
        let parts: Vec<&Typed> = [&row].into_iter().chain(&items).collect();
        self.folded(typed, &parts)
    }

    fn row(&mut self, row: &[Expr]) -> Result<Vec<Typed>, SqlError> {
        row.iter().map(|value| self.expression(value)).collect()
    }

    fn row_is(
        &mut self,
        left: (&[Typed], &Typed),
        right: (&[Typed], &Typed),
    ) -> Result<String, SqlError> {
        let equal = self.compared("=", left.1, right.1)?;
        let is_value = |typed: &Typed| typed.is_known() && typed.ty != SqlType::Null;
        let may_be_indexed = left.0.len() == right.0.len() && right.0.iter().all(is_value);
        if !may_be_indexed || left.0.iter().all(Typed::is_known) {
            return Ok(equal);
        }
        let mut all = Vec::new();
        for (left, right) in left.0.iter().zip(right.0) {
            all.push(self.compared("=", left, right)?);
        }
        all.push(equal);
        Ok(format!("({})", all.join(" AND ")))
    }
}
