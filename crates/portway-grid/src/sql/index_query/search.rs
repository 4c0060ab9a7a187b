//! The questions to SQLite that find the keys of an index query, in the order of its index.
//!
//! Each question is a range of the index's first column that SQLite can walk by itself: an `IN` is
//! one question for each of its values, and nulls, which are less than everything, are asked for
//! apart from what lies below an upper end.

use super::Refused;
use super::compare::for_column;
use super::condition::{Condition, End, Range};
use super::index::{ALIAS, IndexColumn, SortedIndex};
use crate::sql::mirror::table_name;
use crate::sql::table::Table;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Search<'s> {
    pub(super) table: &'s Table,
    pub(super) index: &'s SortedIndex,
    /// For the first columns of the index, in its order.
    pub(super) conditions: &'s [Condition],
    pub(super) partition: Option<i32>,
}

/// A question to SQLite: its rows are keys.
#[derive(Debug, PartialEq)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) binds: Vec<SqlValue>,
}

/// A criterion has a value of another kind than its column.
#[derive(Debug, PartialEq)]
pub(super) struct Unlike;

impl Unlike {
    /// What a node says when it has looked into its tree for such a value.
    pub(super) fn refused(self, conditions: &[Condition]) -> Refused {
        let ranges: Vec<Range> = conditions.iter().filter_map(Condition::of_index).collect();
        let bound = |has_end: bool| match has_end {
            true => "IndexPlainRowImpl [rowHnd=null]",
            false => "null",
        };
        let lower = bound(ranges.iter().any(|range| range.lower.value.is_some()));
        let upper = bound(ranges.iter().any(|range| range.upper.value.is_some()));
        Refused::new(format!(
            "Runtime failure on bounds: [lower={lower}, upper={upper}]"
        ))
    }
}

/// A part of WHERE.
#[derive(Clone, Debug, Default, PartialEq)]
struct Clause {
    code: String,
    binds: Vec<SqlValue>,
}

impl Search<'_> {
    /// The questions, to be asked one after the other.
    ///
    /// # Errors
    /// When a value cannot be compared with those of its column.
    pub(super) fn questions(&self) -> Result<Vec<Question>, Unlike> {
        let mut columns = self.index.columns.iter().zip(self.conditions);
        let first = match columns.next() {
            Some((column, condition)) => first_clauses(column, condition)?,
            None => vec![Clause::new("1")],
        };
        let mut others = Vec::new();
        for (column, condition) in columns {
            others.push(clause(column, condition)?);
        }
        if let Some(partition) = self.partition {
            let code = format!("h2_partition({ALIAS}.k) = {partition}");
            others.push(Clause::new(code));
        }
        let questions = first.into_iter().map(|first| self.question(first, &others));
        Ok(questions.collect())
    }

    fn question(&self, first: Clause, others: &[Clause]) -> Question {
        let Clause {
            code: mut condition,
            mut binds,
        } = first;
        for other in others {
            condition = format!("{condition} AND {}", other.code);
            binds.extend(other.binds.iter().cloned());
        }
        let name = table_name(self.table.cache, self.table.entity);
        let order = self.index.columns.iter().map(|column| {
            let direction = if column.descends { " DESC" } else { "" };
            format!("{}{direction}", column.code)
        });
        let order: Vec<String> = order.collect();
        let text = format!(
            "SELECT {ALIAS}.k FROM {name} AS {ALIAS} WHERE {condition} ORDER BY {}",
            order.join(", ")
        );
        Question { text, binds }
    }
}

impl Clause {
    fn new(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            binds: Vec::new(),
        }
    }

    fn comparison(column: &IndexColumn, operator: &str, value: &SqlValue) -> Result<Self, Unlike> {
        let is_of_number = column.ty != SqlType::Boolean && column.ty.is_number();
        let (code, ty) = match value {
            // A number is compared with a truth as "not zero" is.
            SqlValue::Boolean(_) if is_of_number => (
                format!("({} <> {})", column.code, zero(column.ty)),
                SqlType::Boolean,
            ),
            _ => (column.code.clone(), column.ty),
        };
        let bind = for_column(value, ty).ok_or(Unlike)?;
        Ok(Self {
            code: format!("{code} {operator} ?"),
            binds: vec![bind],
        })
    }

    fn equal(column: &IndexColumn, value: &SqlValue) -> Result<Self, Unlike> {
        if value.is_null() {
            return Ok(Self::is_null(column));
        }
        Self::comparison(column, "=", value)
    }

    fn is_null(column: &IndexColumn) -> Self {
        Self::new(format!("{} IS NULL", column.code))
    }

    fn joined(clauses: &[Self], word: &str) -> Self {
        let codes: Vec<&str> = clauses.iter().map(|clause| clause.code.as_str()).collect();
        let code = format!("({})", codes.join(word));
        let binds = clauses.iter().flat_map(|clause| clause.binds.clone());
        Self {
            code,
            binds: binds.collect(),
        }
    }
}

/// Zero as it lies in SQLite.
fn zero(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Decimal => "'0'",
        _ => "0",
    }
}

/// What the first column must fulfil: each clause is one piece of the index, in its order.
fn first_clauses(column: &IndexColumn, condition: &Condition) -> Result<Vec<Clause>, Unlike> {
    if let Some(values) = condition.values() {
        let clauses = values.iter().map(|value| Clause::equal(column, value));
        return clauses.collect();
    }
    let Some(range) = condition.range() else {
        return Ok(vec![Clause::new("1")]);
    };
    let mut clauses = range_clauses(column, &range)?;
    if column.descends {
        clauses.reverse();
    }
    Ok(clauses)
}

/// What another column must fulfil.
fn clause(column: &IndexColumn, condition: &Condition) -> Result<Clause, Unlike> {
    let mut all = Vec::new();
    if let Some(values) = condition.values() {
        let equal: Result<Vec<Clause>, Unlike> = values
            .iter()
            .map(|value| Clause::equal(column, value))
            .collect();
        all.push(Clause::joined(&equal?, " OR "));
    }
    if let Some(range) = condition.range() {
        all.push(Clause::joined(&range_clauses(column, &range)?, " OR "));
    }
    Ok(Clause::joined(&all, " AND "))
}

/// What is in a range: nulls, where they are in it and not all is, then the rest.
fn range_clauses(column: &IndexColumn, range: &Range) -> Result<Vec<Clause>, Unlike> {
    let has_nulls = match &range.lower.value {
        None => true,
        Some(least) => least.is_null() && range.lower.inclusive,
    };
    let Some(most) = &range.upper.value else {
        let lower = lower_clause(column, &range.lower)?;
        return Ok(vec![lower.unwrap_or_else(|| Clause::new("1"))]);
    };
    if most.is_null() {
        let is_in = has_nulls && range.upper.inclusive;
        let nothing = Clause::new("0");
        return Ok(vec![if is_in {
            Clause::is_null(column)
        } else {
            nothing
        }]);
    }
    let operator = if range.upper.inclusive { "<=" } else { "<" };
    let upper = Clause::comparison(column, operator, most)?;
    Ok(match lower_clause(column, &range.lower)? {
        Some(lower) => vec![Clause::joined(&[lower, upper], " AND ")],
        None => vec![Clause::is_null(column), upper],
    })
}

/// What is above a lower end; `None` if everything is, nulls too.
fn lower_clause(column: &IndexColumn, lower: &End) -> Result<Option<Clause>, Unlike> {
    Ok(match &lower.value {
        None => None,
        Some(SqlValue::Null) if lower.inclusive => None,
        Some(SqlValue::Null) => Some(Clause::new(format!("{} IS NOT NULL", column.code))),
        Some(least) => {
            let operator = if lower.inclusive { ">=" } else { ">" };
            Some(Clause::comparison(column, operator, least)?)
        }
    })
}
