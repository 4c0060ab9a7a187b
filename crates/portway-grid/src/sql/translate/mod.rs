//! Ignite's SQL as SQLite's: names become columns of the mirror, and each expression gets the type
//! that H2 gives it, so that it computes, compares and answers as there.

mod aggregates;
mod arrays;
mod bound;
mod calls;
mod casts;
mod choices;
mod conditions;
mod defined_views;
mod expression;
mod from;
mod grouping;
mod joins;
mod moments;
mod operators;
mod order;
mod query;
mod rows;
mod scope;
mod select;
mod subqueries;
mod surroundings;
mod table_functions;

pub(crate) use bound::Bound;
use defined_views::Expansion;
pub(crate) use expression::unreadable;
pub(crate) use from::whole_key;
pub(crate) use query::Output;
use query::Selected;
pub(crate) use scope::{Scope, column_not_found, normal, parts, quoted};
use subqueries::kept_apart;

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlparser::ast::Query;
use uuid::Uuid;

use super::catalog::Catalog;
use super::error::SqlError;
use super::functions::{DECIMAL_COLLATION, type_number};
use super::mirror::Mirror;
use super::table::Table;
use super::text::to_literal;
use super::types::SqlType;
use super::value::SqlValue;
use super::views::View;

/// What a statement is translated with.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Computes constants.
    pub(crate) mirror: &'a Mirror,
    /// The schema of names without one.
    pub(crate) schema: &'a str,
    pub(crate) arguments: &'a [SqlValue],
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// The only node's id.
    pub(crate) node: Uuid,
}

/// A translation under way.
pub(crate) struct Translator<'a> {
    given: Given<'a>,
    scopes: Vec<Scope>,
    /// The queries that WITH gives names to.
    common: BTreeMap<String, Query>,
    /// What the numbered places of the text stand for.
    binds: Vec<Bound>,
    tables: Vec<Arc<Table>>,
    views: Views,
    expansion: Expansion<'a>,
    aliases: usize,
    depth: usize,
    /// Whether other arguments of the same types change nothing but what is bound.
    is_lasting: bool,
}

/// A query in SQLite's words.
#[derive(Debug)]
pub(crate) struct Translated {
    pub(crate) text: String,
    pub(crate) outputs: Vec<Output>,
    pub(crate) binds: Vec<Bound>,
    pub(crate) tables: Vec<Arc<Table>>,
    pub(crate) views: Vec<&'static View>,
    /// Whether it is the same with other arguments of the same types, but for what is bound.
    pub(crate) is_lasting: bool,
}

/// The views that a text reads, by schema and name.
type Views = BTreeMap<(&'static str, &'static str), &'static View>;

/// How an expression is written for SQLite.
#[derive(Clone, Debug)]
enum Code {
    Text(String),
    /// Bound when it is written, in whatever type it has then.
    Value(Bound),
}

/// A translated expression.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    code: Code,
    pub(crate) ty: SqlType,
    /// Digits behind the point of a column.
    scale: Option<u32>,
    /// The text that H2 prints for it.
    pub(crate) name: String,
    /// Whether H2 computes it while it reads the statement.
    is_constant: bool,
}

impl Typed {
    fn new(code: String, ty: SqlType, name: String) -> Self {
        Self {
            code: Code::Text(code),
            ty,
            scale: None,
            name,
            is_constant: false,
        }
    }

    /// A literal.
    fn literal(value: SqlValue) -> Self {
        Self {
            ty: value.sql_type(),
            name: to_literal(&value),
            code: Code::Value(Bound::written(value)),
            scale: None,
            is_constant: true,
        }
    }

    /// A value that is known while translating but is no literal: an argument, the time.
    fn known(bound: Bound, name: String) -> Self {
        Self {
            ty: bound.value().sql_type(),
            name,
            code: Code::Value(bound),
            scale: None,
            is_constant: false,
        }
    }

    /// Whether it is a literal, or is computed of literals alone.
    pub(crate) fn is_constant(&self) -> bool {
        self.is_constant
    }

    /// Whether the value is known.
    fn is_known(&self) -> bool {
        self.bound().is_some()
    }

    /// The value, where it is a literal or computed of literals.
    pub(crate) fn constant(&self) -> Option<&SqlValue> {
        self.bound().filter(|_| self.is_constant).map(Bound::value)
    }

    fn bound(&self) -> Option<&Bound> {
        match &self.code {
            Code::Value(bound) => Some(bound),
            Code::Text(_) => None,
        }
    }
}

/// What is deeper is refused, as it is refused by the parser.
const DEPTH: usize = 200;

impl<'a> Translator<'a> {
    pub(crate) fn new(given: Given<'a>) -> Self {
        Self {
            given,
            scopes: Vec::new(),
            common: BTreeMap::new(),
            binds: Vec::new(),
            tables: Vec::new(),
            views: Views::new(),
            expansion: Expansion::default(),
            aliases: 0,
            depth: 0,
            is_lasting: true,
        }
    }

    /// An expression as it is carried out, what its numbered places stand for, and the tables that
    /// it reads.
    pub(crate) fn finish(self, text: String) -> (String, Vec<SqlValue>, Vec<Arc<Table>>) {
        let values = self.binds.into_iter().map(Bound::into_value);
        (kept_apart(text), values.collect(), self.tables)
    }

    /// All that is known of a text.
    pub(crate) fn finish_query(self, (text, outputs): Selected) -> Translated {
        Translated {
            text: kept_apart(text),
            outputs,
            binds: self.binds,
            tables: self.tables,
            views: self.views.into_values().collect(),
            is_lasting: self.is_lasting,
        }
    }

    /// Runs `inner` one level deeper.
    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if self.depth >= DEPTH {
            return Err(SqlError::unsupported("statements nested so deep"));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("a{}", self.aliases)
    }

    /// Writes an expression.
    pub(crate) fn code(&mut self, typed: &Typed) -> String {
        match &typed.code {
            Code::Text(text) => text.clone(),
            Code::Value(bound) if bound.value().is_null() => "NULL".to_owned(),
            Code::Value(bound) => {
                self.binds.push(bound.clone());
                format!("?{}", self.binds.len())
            }
        }
    }

    /// Writes an expression so that SQLite compares, sorts and groups it as its type wants.
    fn comparable(&mut self, typed: &Typed) -> String {
        let code = self.code(typed);
        match typed.ty {
            SqlType::Decimal => format!("({code} COLLATE {DECIMAL_COLLATION})"),
            ty => with_own_collation(code, ty),
        }
    }

    /// The expression in another type; its name stays.
    pub(crate) fn converted(&mut self, typed: &Typed, to: SqlType) -> Result<Typed, SqlError> {
        let from = typed.ty;
        if from == to || from == SqlType::Null {
            return Ok(Typed {
                ty: to,
                ..typed.clone()
            });
        }
        if let Code::Value(bound) = &typed.code
            && to != SqlType::Any
        {
            // What was given with the statement is converted when rows are looked for.
            let converted = bound
                .converted(to)
                .map_err(|error| match typed.is_constant {
                    true => error,
                    false => error.at_row(),
                });
            let code = Code::Value(converted?);
            return Ok(Typed {
                code,
                ty: to,
                ..typed.clone()
            });
        }
        let code = self.code(typed);
        let widened = from.is_integer() && to.is_integer() && from.common(to) == to;
        let code = match (from, to) {
            _ if widened => code,
            (from, SqlType::Any) => format!("h2_any({}, {code})", type_number(from)),
            (from, SqlType::Double) if from.is_integer() || from == SqlType::Real => {
                format!("CAST({code} AS REAL)")
            }
            _ => format!(
                "h2_convert({code}, {}, {})",
                type_number(from),
                type_number(to)
            ),
        };
        Ok(Typed {
            code: Code::Text(code),
            ty: to,
            scale: None,
            ..typed.clone()
        })
    }

    /// Computes what H2 computes while it reads a statement.
    fn folded(&mut self, typed: Typed, parts: &[&Typed]) -> Result<Typed, SqlError> {
        if !parts.iter().all(|part| part.is_constant) {
            return Ok(typed);
        }
        let Code::Text(code) = &typed.code else {
            return Ok(Typed {
                is_constant: true,
                ..typed
            });
        };
        let binds: Vec<SqlValue> = self
            .binds
            .iter()
            .map(|bound| bound.value().clone())
            .collect();
        let value = self.given.mirror.evaluate(code, &binds, typed.ty);
        let value = value.map_err(as_parse_error)?;
        let ty = if value.is_null() {
            typed.ty
        } else {
            value.sql_type()
        };
        Ok(Typed {
            ty,
            ..Typed::literal(value)
        })
    }
}

/// Text that depends on a comparison of decimals: SQLite would compare it as decimals, too.
pub(super) fn with_own_collation(code: String, ty: SqlType) -> String {
    if ty.is_coded() {
        return arrays::collated(&code);
    }
    if ty == SqlType::Varchar && code.contains(" COLLATE ") {
        return format!("({code} COLLATE BINARY)");
    }
    code
}

/// What fails without a row fails while the statement is read.
fn as_parse_error(error: SqlError) -> SqlError {
    match error {
        SqlError::Execution { code, message } => SqlError::Parse { code, message },
        other => other,
    }
}
