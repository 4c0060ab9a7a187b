//! SELECT: what is selected, from what, and how it is grouped.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, ObjectName, OrderBy, Select, SelectItem,
    SelectItemQualifiedWildcardKind, TopQuantity,
};

use super::expression::unreadable;
use super::grouping::{Grouping, Place, may_be_grouped, unmarked};
use super::order::{expressions_of, is_number, name_of, named, not_in_result};
use super::query::{Output, Selected};
use super::scope::{Scope, SourceTable, ambiguous, normal, parts};
use super::{Translator, Typed, with_own_collation};
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
        if select.into.is_some() || select.qualify.is_some() || !select.named_window.is_empty() {
            return Err(unreadable("SELECT"));
        }
        let from = self.at(Place::Rows, |translator| translator.from(&select.from))?;
        let place = match may_be_grouped(select, order) {
            true => Place::Groups,
            false => Place::Elsewhere,
        };
        let projected = self.at(place, |translator| {
            translator.projection(&select.projection)
        })?;
        let mut text = match &select.distinct {
            Some(Distinct::Distinct) => "SELECT DISTINCT ".to_owned(),
            Some(Distinct::On(_)) => return Err(unreadable("DISTINCT ON")),
            _ => "SELECT ".to_owned(),
        };
        let mut columns = Vec::new();
        for (_, column) in &projected {
            columns.push(self.projected(column, select));
        }
        let mut rows = String::new();
        if !from.is_empty() {
            rows.push_str(&format!(" FROM {from}"));
        }
        if let Some(condition) = &select.selection {
            let condition = self.at(Place::Rows, |translator| translator.condition(condition))?;
            rows.push_str(&format!(" WHERE {condition}"));
        }
        let grouped_by = self.at(Place::GroupBy, |translator| {
            translator.group_by(&select.group_by, &projected)
        })?;
        if !grouped_by.is_empty() {
            rows.push_str(&format!(" GROUP BY {}", grouped_by.join(", ")));
        }
        let having = self.at(place, |translator| translator.having(select, &projected))?;
        let mut order_terms = Vec::new();
        if let Some(order) = order {
            if select.distinct.is_some() {
                self.refuse_unselected(order, &select.projection)?;
            }
            order_terms = self.at(place, |translator| translator.order_by(order, &projected))?;
        }
        let has_aggregates = self.innermost().has_aggregates;
        let grouping = Grouping::new(select, has_aggregates, &grouped_by, &self.binds);
        let is_one_group = having.is_some() && grouped_by.is_empty();
        let columns = columns.iter().map(|code| grouping.whole(code));
        let columns = columns.enumerate().map(|(number, code)| match number {
            // For SQLite a HAVING without GROUP BY needs an aggregate among the columns.
            0 if is_one_group => format!("CASE count(*) WHEN -1 THEN NULL ELSE {code} END AS c0"),
            _ => format!("{code} AS c{number}"),
        });
        text.push_str(&columns.collect::<Vec<_>>().join(", "));
        text.push_str(&rows);
        if let Some(condition) = having {
            text.push_str(&format!(" HAVING {}", grouping.part(&condition)));
        }
        if !order_terms.is_empty() {
            let terms = order_terms
                .iter()
                .map(|(code, options)| grouping.whole(code) + options);
            text.push_str(&format!(
                " ORDER BY {}",
                terms.collect::<Vec<_>>().join(", ")
            ));
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
            // Whoever reads the column of a subquery compares it as it is written there.
            None => with_own_collation(self.code(column), column.ty),
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
        if let Some(name) = of_two_tables(tables.clone()) {
            return Err(ambiguous(name));
        }
        let columns: Vec<(String, Typed)> = tables
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
            .filter(|(_, column)| !column.is_hidden)
            .map(|(table, column)| {
                let typed =
                    Typed::new(scope.code_of(table, column), column.ty, column.name.clone());
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
    ) -> Result<Vec<String>, SqlError> {
        let GroupByExpr::Expressions(expressions, _) = group_by else {
            return Err(SqlError::unsupported("GROUP BY ALL"));
        };
        let mut terms = Vec::new();
        let is_empty = |term: &Expr| matches!(term, Expr::Tuple(parts) if parts.is_empty());
        if expressions.iter().any(is_empty) {
            return Err(unreadable("()"));
        }
        for expression in expressions.iter().flat_map(with_parts) {
            let typed = match self.expression(expression) {
                Ok(typed) => typed,
                // An alias of the selected columns may be meant.
                Err(error) => named(expression, projected).ok_or(error)?,
            };
            let term = self.comparable(&typed);
            terms.push(unmarked(&term));
        }
        Ok(terms)
    }

    /// HAVING sees the names of the selected columns, too.
    fn having(
        &mut self,
        select: &Select,
        projected: &[(String, Typed)],
    ) -> Result<Option<String>, SqlError> {
        let Some(condition) = &select.having else {
            return Ok(None);
        };
        self.innermost().aliases = projected.to_vec();
        let condition = self.condition(condition);
        self.innermost().aliases.clear();
        condition.map(Some)
    }

    /// Rows that are the same but for a column that is not selected have no order by it.
    fn refuse_unselected(
        &mut self,
        order: &OrderBy,
        projection: &[SelectItem],
    ) -> Result<(), SqlError> {
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
            if is_number(&term.expr) || projection.iter().any(is_selected) {
                continue;
            }
            let shown = self.expression(&term.expr).map(|typed| typed.name);
            let shown = shown.unwrap_or_else(|_| term.expr.to_string().to_uppercase());
            return Err(not_in_result(&shown));
        }
        Ok(())
    }
}

/// A column that two tables of one name have.
fn of_two_tables<'t>(tables: impl Iterator<Item = &'t SourceTable>) -> Option<&'t str> {
    let mut known = BTreeSet::new();
    let columns = tables.flat_map(|table| {
        let shown = table.columns.iter().filter(|column| !column.is_hidden);
        shown.map(|column| (table.name.as_str(), column.name.as_str()))
    });
    for (table, column) in columns {
        // A subquery's own columns differ, and one without an alias has no name.
        if !table.is_empty() && !known.insert((table, column)) {
            return Some(column);
        }
    }
    None
}

/// Rows that are one group by an array are one by each of its elements.
fn with_parts(term: &Expr) -> impl Iterator<Item = &Expr> {
    let parts = match term {
        Expr::Tuple(parts) => parts.as_slice(),
        _ => &[],
    };
    [term].into_iter().chain(parts)
}

/// The name of a column without an alias: its own, or the expression as H2 prints it.
fn column_name(expression: &Expr, column: &Typed) -> String {
    let mut inner = expression;
    while let Expr::Nested(nested) = inner {
        inner = nested;
    }
    name_of(inner)
        .filter(|_| !column.is_known())
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
    if inner.is_empty() {
        return text;
    }
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
