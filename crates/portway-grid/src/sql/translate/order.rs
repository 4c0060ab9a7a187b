//! ORDER BY, LIMIT, OFFSET and FETCH.

use sqlparser::ast::{Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query};

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
    ) -> Result<String, SqlError> {
        let mut terms = Vec::new();
        for term in expressions_of(order)? {
            let ordinal = ordinal(&term.expr, projected.len())?;
            let typed = match ordinal {
                Some(number) => projected[number].1.clone(),
                None => match named(&term.expr, projected) {
                    Some(typed) => typed,
                    None => self.expression(&term.expr)?,
                },
            };
            let code = self.comparable(&typed);
            terms.push(code + order_options(term));
        }
        Ok(terms.join(", "))
    }

    /// ORDER BY of a set operation: by its columns alone.
    pub(super) fn order_of_outputs(
        &mut self,
        order: &OrderBy,
        outputs: &[Output],
    ) -> Result<String, SqlError> {
        let mut terms = Vec::new();
        for term in expressions_of(order)? {
            let number = match ordinal(&term.expr, outputs.len())? {
                Some(number) => number,
                None => {
                    let name = name_of(&term.expr);
                    let position = outputs
                        .iter()
                        .position(|output| Some(&output.name) == name.as_ref());
                    position
                        .ok_or_else(|| super::scope::column_not_found(&term.expr.to_string()))?
                }
            };
            let column = Typed::new(format!("c{number}"), outputs[number].ty, String::new());
            terms.push(self.comparable(&column) + order_options(term));
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
        match typed.value() {
            Some(SqlValue::BigInt(number)) if *number >= 0 => Ok(Some(number.to_string())),
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

/// The number of a column that ORDER BY names by its number.
fn ordinal(expression: &Expr, columns: usize) -> Result<Option<usize>, SqlError> {
    let Expr::Value(value) = expression else {
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
        Some(position) => Ok(Some(position)),
        None => Err(SqlError::parse(
            code::ORDER_BY_NOT_IN_RESULT,
            format!("Order by expression \"{number}\" must be in the result list in this case"),
        )),
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
