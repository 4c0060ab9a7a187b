//! Tables that are joined, and on which columns.

use sqlparser::ast::{Join, JoinConstraint, JoinOperator, TableWithJoins};

use super::scope::{Scope, SourceTable, parts};
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};

impl Translator<'_> {
    /// A table with what is joined to it.
    pub(super) fn joined(&mut self, tables: &TableWithJoins) -> Result<String, SqlError> {
        let first = self.innermost().tables.len();
        let mut written = self.factor(&tables.relation)?;
        for join in &tables.joins {
            written.push_str(&self.join(join, first)?);
        }
        Ok(written)
    }

    /// `first` is where the tables of this chain of joins begin in the scope.
    fn join(&mut self, join: &Join, first: usize) -> Result<String, SqlError> {
        use JoinOperator::{
            CrossJoin, Inner, Join as Plain, Left, LeftOuter, Right, RightOuter, StraightJoin,
        };

        let before = self.innermost().tables.len();
        let right = self.factor(&join.relation)?;
        let (operator, constraint) = match &join.join_operator {
            Plain(constraint) | Inner(constraint) | StraightJoin(constraint) => {
                ("JOIN", constraint)
            }
            Left(constraint) | LeftOuter(constraint) => ("LEFT JOIN", constraint),
            Right(constraint) | RightOuter(constraint) => ("RIGHT JOIN", constraint),
            CrossJoin(constraint) => ("CROSS JOIN", constraint),
            other => {
                let message = format!("Syntax error in SQL statement: {other:?}");
                return Err(SqlError::parse(code::SYNTAX, message));
            }
        };
        let condition = match constraint {
            JoinConstraint::None => return Ok(format!(" {operator} {right}")),
            JoinConstraint::On(condition) => self.condition(condition)?,
            JoinConstraint::Using(columns) => {
                let names = columns.iter().map(|column| parts(column).pop());
                let names: Vec<String> = names.map(Option::unwrap_or_default).collect();
                self.using(&names, before)?
            }
            JoinConstraint::Natural => {
                let names = self.in_both(first, before);
                self.using(&names, before)?
            }
        };
        if operator == "RIGHT JOIN" {
            // H2 turns the sides around, and `*` shows it.
            self.innermost().tables[first..].rotate_left(before - first);
        }
        Ok(format!(" {operator} {right} ON {condition}"))
    }

    /// The columns that tables on both sides have.
    fn in_both(&mut self, first: usize, before: usize) -> Vec<String> {
        let tables = &self.innermost().tables;
        let visible = |table: &SourceTable| {
            let shown = table.columns.iter().filter(|column| !column.is_hidden);
            shown.map(|column| column.name.clone()).collect::<Vec<_>>()
        };
        let right: Vec<String> = tables[before..].iter().flat_map(visible).collect();
        let left = tables[first..before].iter().flat_map(visible);
        left.filter(|name| right.contains(name)).collect()
    }

    /// Equality of the columns with the same names on both sides; `*` shows them once.
    fn using(&mut self, names: &[String], before: usize) -> Result<String, SqlError> {
        let mut equal = vec!["1".to_owned()];
        for name in names {
            let whole = self.innermost().tables.clone();
            let (left, right) = whole.split_at(before);
            let left = self.column_of(left, name)?;
            let right = self.column_of(right, name)?;
            equal.push(self.compared("=", &left, &right)?);
            for table in self.innermost().tables.iter_mut().skip(before) {
                // Named twice it would be ambiguous: the left one is meant.
                table.columns.retain(|known| known.name != *name);
            }
        }
        Ok(equal.join(" AND "))
    }

    fn column_of(&mut self, tables: &[SourceTable], name: &str) -> Result<Typed, SqlError> {
        let scope = Scope {
            tables: tables.to_vec(),
            ..Scope::default()
        };
        self.scopes.push(scope);
        let found = self.column(&[name.to_owned()]);
        self.scopes.pop();
        found
    }
}
