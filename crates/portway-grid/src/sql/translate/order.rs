//! ORDER BY, LIMIT, OFFSET and FETCH.

use sqlparser::ast::{Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query, UnaryOperator};

use super::query::Output;
use super::scope::normal;
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    pub(super) fn order_by(
        &mut self,
        order: &OrderBy,
        projected: &[(String, Typed)],
    ) -> Result<Vec<(String, &'static str)>, SqlError> {
        let mut terms = Vec::new();
        for term in expressions_of(order)? {
            let ordinal = ordinal(&term.expr, projected.len())?;
            let typed = match ordinal {
                Some(ordinal) => projected[ordinal.position].1.clone(),
                None => match named(&term.expr, projected) {
                    Some(typed) => typed,
                    None => self.expression(&term.expr)?,
                },
            };
            terms.push((self.comparable(&typed), options_of(term, ordinal)));
        }
        Ok(terms)
    }

    /// ORDER BY of a set operation: by its columns alone.
    pub(super) fn order_of_outputs(
        &mut self,
        order: &OrderBy,
        outputs: &[Output],
    ) -> Result<String, SqlError> {
        let mut terms = Vec::new();
        for term in expressions_of(order)? {
            let ordinal = ordinal(&term.expr, outputs.len())?;
            let number = match ordinal {
                Some(ordinal) => ordinal.position,
                None => {
                    let name = name_of(&term.expr);
                    let position = outputs
                        .iter()
                        .position(|output| Some(&output.name) == name.as_ref());
                    position.ok_or_else(|| not_in_result(&shown(&term.expr)))?
                }
            };
            let column = Typed::new(format!("c{number}"), outputs[number].ty, String::new());
            terms.push(self.comparable(&column) + options_of(term, ordinal));
        }
        Ok(terms.join(", "))
    }

    pub(super) fn limit(&mut self, query: &Query) -> Result<String, SqlError> {
        let (mut limit, mut offset) = (None, None);
        match &query.limit_clause {
            Some(LimitClause::LimitOffset {
                limit: rows,
                offset: skipped,
                ..
            }) => {
                limit = rows.as_ref();
                offset = skipped.as_ref().map(|skipped| &skipped.value);
            }
            Some(LimitClause::OffsetCommaLimit {
                offset: skipped,
                limit: rows,
            }) => (limit, offset) = (Some(rows), Some(skipped)),
            None => {}
        }
        let one = Expr::value(sqlparser::ast::Value::Number("1".to_owned(), false));
        if let Some(fetch) = &query.fetch {
            limit = Some(fetch.quantity.as_ref().unwrap_or(&one));
        }
        let limit = limit
            .map(|limit| self.row_count(limit))
            .transpose()?
            .flatten();
        let offset = offset
            .map(|offset| self.row_count(offset))
            .transpose()?
            .flatten();
        Ok(match (limit, offset) {
            (None, None) => String::new(),
            (Some(limit), None) => format!(" LIMIT {limit}"),
            (limit, Some(offset)) => {
                let limit = limit.unwrap_or_else(|| "-1".to_owned());
                format!(" LIMIT {limit} OFFSET {offset}")
            }
        })
    }

    /// The number in LIMIT or OFFSET; a negative one and null are none.
    pub(crate) fn row_count(&mut self, expression: &Expr) -> Result<Option<String>, SqlError> {
        let typed = self.expression(expression)?;
        let typed = self.converted(&typed, SqlType::BigInt)?;
        match self.known_value(&typed) {
            Some(SqlValue::BigInt(number)) if number >= 0 => Ok(Some(number.to_string())),
            Some(_) => Ok(None),
            None => Err(SqlError::unsupported("a LIMIT that is no constant")),
        }
    }
}

/// What ORDER BY lists.
pub(super) fn expressions_of(order: &OrderBy) -> Result<&[OrderByExpr], SqlError> {
    match &order.kind {
        OrderByKind::Expressions(terms) => Ok(terms),
        OrderByKind::All(_) => Err(SqlError::unsupported("ORDER BY ALL")),
    }
}

pub(super) fn order_options(term: &OrderByExpr) -> &'static str {
    let descends = matches!(term.options.sort, Some(sqlparser::ast::OrderBySort::Desc));
    match (descends, term.options.nulls_first) {
        (false, Some(false)) => " NULLS LAST",
        (false, _) => "",
        (true, Some(true)) => " DESC NULLS FIRST",
        (true, _) => " DESC",
    }
}

/// A column that ORDER BY names by its number.
#[derive(Clone, Copy)]
struct Ordinal {
    position: usize,
    /// A negative number turns the order around.
    is_reversed: bool,
}

fn ordinal(expression: &Expr, columns: usize) -> Result<Option<Ordinal>, SqlError> {
    let (inner, is_reversed) = match expression {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => (expr.as_ref(), true),
        other => (other, false),
    };
    let Expr::Value(value) = inner else {
        return Ok(None);
    };
    let sqlparser::ast::Value::Number(number, _) = &value.value else {
        return Ok(None);
    };
    let position = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    match position.filter(|position| *position < columns) {
        Some(position) => Ok(Some(Ordinal {
            position,
            is_reversed,
        })),
        None => Err(not_in_result(number)),
    }
}

fn options_of(term: &OrderByExpr, ordinal: Option<Ordinal>) -> &'static str {
    if !ordinal.is_some_and(|ordinal| ordinal.is_reversed) {
        return order_options(term);
    }
    match order_options(term) {
        "" => " DESC",
        " DESC" => "",
        other => other,
    }
}

pub(super) fn is_number(expression: &Expr) -> bool {
    match expression {
        Expr::Value(_) => true,
        Expr::UnaryOp { expr, .. } => is_number(expr),
        _ => false,
    }
}

pub(super) fn not_in_result(shown: &str) -> SqlError {
    let message =
        format!("Order by expression \"{shown}\" must be in the result list in this case");
    SqlError::parse(code::ORDER_BY_NOT_IN_RESULT, message)
}

/// As H2 prints it.
fn shown(expression: &Expr) -> String {
    match expression {
        Expr::BinaryOp { .. } => format!("({expression})").to_uppercase(),
        other => name_of(other).unwrap_or_else(|| other.to_string().to_uppercase()),
    }
}

pub(super) fn name_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(ident) => Some(normal(ident)),
        Expr::CompoundIdentifier(idents) => idents.last().map(normal),
        _ => None,
    }
}

/// The selected column with this alias.
pub(super) fn named(expression: &Expr, projected: &[(String, Typed)]) -> Option<Typed> {
    let Expr::Identifier(ident) = expression else {
        return None;
    };
    let alias = normal(ident);
    let mut found = projected.iter().filter(|(name, _)| *name == alias);
    found.next().map(|(_, typed)| typed.clone())
}
