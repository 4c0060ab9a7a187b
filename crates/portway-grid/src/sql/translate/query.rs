//! Queries: WITH, set operations, VALUES.

use sqlparser::ast::{Query, SetExpr, SetOperator, SetQuantifier, Values, With};

use super::scope::normal;
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code, state};
use crate::sql::types::SqlType;

/// A column of a result.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) ty: SqlType,
    pub(crate) scale: Option<u32>,
}

pub(super) type Selected = (String, Vec<Output>);

impl Translator<'_> {
    /// Translates a query. Its columns are called `c0`, `c1`, ...
    pub(crate) fn query(&mut self, query: &Query) -> Result<Selected, SqlError> {
        if let Some(with) = &query.with {
            return self.with(with, query);
        }
        if !query.locks.is_empty() {
            let message = "SELECT FOR UPDATE is not supported.";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        let (text, outputs) = match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, query.order_by.as_ref())?,
            other => {
                let (text, outputs) = self.set_expression(other)?;
                match &query.order_by {
                    Some(order) => {
                        let order = self.order_of_outputs(order, &outputs)?;
                        (format!("SELECT * FROM ({text}) ORDER BY {order}"), outputs)
                    }
                    None => (text, outputs),
                }
            }
        };
        let limit = self.limit(query)?;
        Ok((text + &limit, outputs))
    }

    /// WITH: each named query stands where its name does.
    fn with(&mut self, with: &With, query: &Query) -> Result<Selected, SqlError> {
        if with.recursive {
            let message = "Recursive CTE ('WITH RECURSIVE (...)') is not supported.";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        }
        let before = self.common.clone();
        for table in &with.cte_tables {
            let name = normal(&table.alias.name);
            self.common.insert(name, table.query.as_ref().clone());
        }
        let inner = Query {
            with: None,
            ..query.clone()
        };
        let selected = self.deeper(|translator| translator.query(&inner));
        self.common = before;
        selected
    }

    fn set_expression(&mut self, body: &SetExpr) -> Result<Selected, SqlError> {
        self.deeper(|translator| match body {
            SetExpr::Select(select) => translator.select(select, None),
            SetExpr::Query(query) => translator.query(query),
            SetExpr::Values(values) => translator.values(values),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                let left = translator.set_expression(left)?;
                translator.combined_in_order(&left, *op, *set_quantifier, right)
            }
            _ => Err(SqlError::unsupported("this kind of query")),
        })
    }

    /// Combines from left to right: H2 does not bind INTERSECT more closely than UNION.
    fn combined_in_order(
        &mut self,
        left: &Selected,
        operator: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
    ) -> Result<Selected, SqlError> {
        if let SetExpr::SetOperation {
            left: middle,
            op,
            set_quantifier,
            right,
        } = right
        {
            let both = self.deeper(|translator| {
                translator.combined_in_order(left, operator, quantifier, middle)
            })?;
            return self.deeper(|translator| {
                translator.combined_in_order(&both, *op, *set_quantifier, right)
            });
        }
        let right = self.set_expression(right)?;
        self.combined(left, operator, quantifier, &right)
    }

    fn combined(
        &mut self,
        left: &Selected,
        operator: SetOperator,
        quantifier: SetQuantifier,
        right: &Selected,
    ) -> Result<Selected, SqlError> {
        if left.1.len() != right.1.len() {
            let message = "Column count does not match";
            return Err(SqlError::parse(code::COLUMN_COUNT, message));
        }
        let operator = match (operator, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, _) => "UNION",
            (SetOperator::Intersect, _) => "INTERSECT",
            (SetOperator::Except | SetOperator::Minus, _) => "EXCEPT",
        };
        let mut outputs = left.1.clone();
        for (output, other) in outputs.iter_mut().zip(&right.1) {
            output.ty = in_one_column(output.ty, other.ty);
            output.scale = None;
        }
        let (left, right) = (
            self.aligned(left, &outputs)?,
            self.aligned(right, &outputs)?,
        );
        Ok((format!("{left} {operator} {right}"), outputs))
    }

    /// A query with its columns in the types of `outputs`.
    fn aligned(&mut self, selected: &Selected, outputs: &[Output]) -> Result<String, SqlError> {
        let mut columns = Vec::new();
        for (number, (from, to)) in selected.1.iter().zip(outputs).enumerate() {
            let column = Typed::new(format!("c{number}"), from.ty, String::new());
            let column = self.converted(&column, to.ty)?;
            let code = self.comparable(&column);
            columns.push(format!("{code} AS c{number}"));
        }
        Ok(format!(
            "SELECT {} FROM ({})",
            columns.join(", "),
            selected.0
        ))
    }

    fn values(&mut self, values: &Values) -> Result<Selected, SqlError> {
        let mut rows: Vec<Vec<Typed>> = Vec::new();
        for row in &values.rows {
            let row = row.content.iter().map(|cell| self.expression(cell));
            rows.push(row.collect::<Result<_, _>>()?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            let message = "Column count does not match";
            return Err(SqlError::parse(code::COLUMN_COUNT, message));
        }
        let ty = |number: usize| {
            let types = rows.iter().map(|row| row[number].ty);
            types.fold(SqlType::Null, in_one_column)
        };
        let outputs: Vec<Output> = (0..width)
            .map(|number| Output {
                name: format!("C{}", number + 1),
                ty: ty(number),
                scale: None,
            })
            .collect();
        let mut selects = Vec::new();
        for row in &rows {
            let mut cells = Vec::new();
            for (number, (cell, output)) in row.iter().zip(&outputs).enumerate() {
                let cell = self.converted(cell, output.ty)?;
                cells.push(format!("{} AS c{number}", self.code(&cell)));
            }
            selects.push(format!("SELECT {}", cells.join(", ")));
        }
        Ok((selects.join(" UNION ALL "), outputs))
    }
}

/// The type of a column whose values come from several places. Arrays stand beside other values as
/// they are.
fn in_one_column(one: SqlType, other: SqlType) -> SqlType {
    let is_null = one == SqlType::Null || other == SqlType::Null;
    match one.is_coded() || other.is_coded() {
        _ if one == other => one,
        true if !is_null => SqlType::Any,
        _ => one.common(other),
    }
}
