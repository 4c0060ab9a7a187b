//! SELECT: what is selected, from what, and how it is grouped.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, ObjectName, OrderBy, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TopQuantity,
};

use super::expression::unreadable;
use super::order::{expressions_of, name_of, named};
use super::query::{Output, Selected};
use super::scope::{Scope, normal, parts};
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};

impl Translator<'_> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        order: Option<&OrderBy>,
    ) -> Result<Selected, SqlError> {
        self.scopes.push(Scope::default());
        let selected = self.deeper(|translator| translator.select_in_scope(select, order));
        self.scopes.pop();
        selected
    }

    fn select_in_scope(
        &mut self,
        select: &Select,
        order: Option<&OrderBy>,
    ) -> Result<Selected, SqlError> {
        if select.projection.is_empty() {
            let message = "Syntax error in SQL statement: nothing is selected";
            return Err(SqlError::parse(code::SYNTAX, message));
        }
        let from = self.from(&select.from)?;
        let projected = self.projection(&select.projection)?;
        let mut text = match &select.distinct {
            Some(Distinct::Distinct) => "SELECT DISTINCT ".to_owned(),
            Some(Distinct::On(_)) => return Err(unreadable("DISTINCT ON")),
            _ => "SELECT ".to_owned(),
        };
        let mut columns = Vec::new();
        for (number, (_, column)) in projected.iter().enumerate() {
            columns.push(format!("{} AS c{number}", self.projected(column, select)));
        }
        text.push_str(&columns.join(", "));
        if !from.is_empty() {
            text.push_str(&format!(" FROM {from}"));
        }
        if let Some(condition) = &select.selection {
            text.push_str(&format!(" WHERE {}", self.condition(condition)?));
        }
        text.push_str(&self.group_by(&select.group_by, &projected)?);
        if let Some(condition) = &select.having {
            text.push_str(&format!(" HAVING {}", self.condition(condition)?));
        }
        if let Some(order) = order {
            if select.distinct.is_some() {
                refuse_unselected(order, &select.projection)?;
            }
            text.push_str(&format!(" ORDER BY {}", self.order_by(order, &projected)?));
        }
        let top = select.top.as_ref().and_then(|top| top.quantity.as_ref());
        if let Some(top) = top {
            let limit = match top {
                TopQuantity::Constant(limit) => limit.to_string(),
                TopQuantity::Expr(limit) => self.row_count(limit)?.unwrap_or_default(),
            };
            text = format!("SELECT * FROM ({text}) LIMIT {limit}");
        }
        let outputs = projected.into_iter().map(|(name, column)| Output {
            name,
            ty: column.ty,
            scale: column.scale,
        });
        Ok((text, outputs.collect()))
    }

    /// DISTINCT compares what is selected.
    fn projected(&mut self, column: &Typed, select: &Select) -> String {
        match select.distinct {
            Some(_) => self.comparable(column),
            None => self.code(column),
        }
    }

    /// The selected columns with their names.
    fn projection(&mut self, items: &[SelectItem]) -> Result<Vec<(String, Typed)>, SqlError> {
        let mut columns = Vec::new();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expression) => {
                    let column = self.expression(expression)?;
                    columns.push((column_name(expression, &column), column));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    if alias.quote_style == Some('\'') {
                        let message = format!("Syntax error in SQL statement: {alias}");
                        return Err(SqlError::parse(code::SYNTAX, message));
                    }
                    columns.push((normal(alias), self.expression(expr)?));
                }
                SelectItem::Wildcard(_) => columns.extend(self.all_columns(None)?),
                SelectItem::QualifiedWildcard(kind, _) => match kind {
                    SelectItemQualifiedWildcardKind::ObjectName(name) => {
                        columns.extend(self.all_columns(Some(name))?);
                    }
                    SelectItemQualifiedWildcardKind::Expr(_) => {
                        return Err(SqlError::unsupported("this kind of *"));
                    }
                },
                SelectItem::ExprWithAliases { .. } => {
                    return Err(SqlError::unsupported("several aliases"));
                }
            }
        }
        Ok(columns)
    }

    fn all_columns(&mut self, of: Option<&ObjectName>) -> Result<Vec<(String, Typed)>, SqlError> {
        let of = of.map(|name| parts(name).pop().unwrap_or_default());
        let scope = self.innermost();
        let is_meant = |name: &str| of.as_deref().is_none_or(|of| of == name);
        let tables = scope.tables.iter().filter(|table| is_meant(&table.name));
        let columns: Vec<(String, Typed)> = tables
            .flat_map(|table| &table.columns)
            .filter(|column| !column.is_hidden)
            .map(|column| {
                let typed = Typed::new(column.code.clone(), column.ty, column.name.clone());
                let scale = column.scale;
                (column.name.clone(), Typed { scale, ..typed })
            })
            .collect();
        match of {
            Some(of) if columns.is_empty() => Err(crate::sql::catalog::table_not_found(&of)),
            _ => Ok(columns),
        }
    }

    fn group_by(
        &mut self,
        group_by: &GroupByExpr,
        projected: &[(String, Typed)],
    ) -> Result<String, SqlError> {
        let GroupByExpr::Expressions(expressions, _) = group_by else {
            return Err(SqlError::unsupported("GROUP BY ALL"));
        };
        if expressions.is_empty() {
            return Ok(String::new());
        }
        let mut terms = Vec::new();
        for expression in expressions {
            let typed = match self.expression(expression) {
                Ok(typed) => typed,
                // An alias of the selected columns may be meant.
                Err(error) => named(expression, projected).ok_or(error)?,
            };
            terms.push(self.comparable(&typed));
        }
        Ok(format!(" GROUP BY {}", terms.join(", ")))
    }
}

/// Rows that are the same but for a column that is not selected have no order by it.
fn refuse_unselected(order: &OrderBy, projection: &[SelectItem]) -> Result<(), SqlError> {
    for term in expressions_of(order)? {
        let is_selected = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expression) => {
                *expression == term.expr
                    || name_of(expression).is_some_and(|name| Some(name) == name_of(&term.expr))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                *expr == term.expr || Some(normal(alias)) == name_of(&term.expr)
            }
            _ => true,
        };
        let is_number = matches!(term.expr, Expr::Value(_));
        if !is_number && !projection.iter().any(is_selected) {
            let shown = name_of(&term.expr).unwrap_or_else(|| term.expr.to_string().to_uppercase());
            let message =
                format!("Order by expression \"{shown}\" must be in the result list in this case");
            return Err(SqlError::parse(code::ORDER_BY_NOT_IN_RESULT, message));
        }
    }
    Ok(())
}

/// The name of a column without an alias: its own, or the expression as H2 prints it.
fn column_name(expression: &Expr, column: &Typed) -> String {
    let mut inner = expression;
    while let Expr::Nested(nested) = inner {
        inner = nested;
    }
    name_of(inner)
        .filter(|_| column.value().is_none())
        .unwrap_or_else(|| unenclosed(&column.name).to_owned())
}

/// The text without the parentheses around all of it.
pub(super) fn unenclosed(text: &str) -> &str {
    let Some(inner) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return text;
    };
    let mut depth = 0_usize;
    let mut in_text = false;
    for byte in inner.bytes() {
        match byte {
            b'\'' => in_text = !in_text,
            b'(' if !in_text => depth += 1,
            b')' if !in_text => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return text,
            },
            _ => {}
        }
    }
    inner
}
