//! Queries: SELECT, set operations, VALUES, ORDER BY, LIMIT.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, LimitClause, ObjectName, OrderBy, OrderByExpr, OrderByKind, Query,
    Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier,
    TopQuantity, Values, With,
};

use super::scope::{Scope, normal, parts};
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// A column of a result.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) ty: SqlType,
    pub(crate) scale: Option<u32>,
}

type Selected = (String, Vec<Output>);

impl Translator<'_> {
    /// Translates a query. Its columns are called `c0`, `c1`, ...
    pub(crate) fn query(&mut self, query: &Query) -> Result<Selected, SqlError> {
        if let Some(with) = &query.with {
            return self.with(with, query);
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
            return Err(SqlError::unsupported("WITH RECURSIVE"));
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
                let right = translator.set_expression(right)?;
                translator.combined(&left, *op, *set_quantifier, &right)
            }
            _ => Err(SqlError::unsupported("this kind of query")),
        })
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
            output.ty = output.ty.common(other.ty);
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
            types.fold(SqlType::Null, SqlType::common)
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

    fn select(&mut self, select: &Select, order: Option<&OrderBy>) -> Result<Selected, SqlError> {
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
            Some(Distinct::On(_)) => return Err(SqlError::unsupported("DISTINCT ON")),
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

    fn order_by(
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
    fn order_of_outputs(
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

    fn limit(&mut self, query: &Query) -> Result<String, SqlError> {
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
fn expressions_of(order: &OrderBy) -> Result<&[OrderByExpr], SqlError> {
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

fn name_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(ident) => Some(normal(ident)),
        Expr::CompoundIdentifier(idents) => idents.last().map(normal),
        _ => None,
    }
}

/// The selected column with this alias.
fn named(expression: &Expr, projected: &[(String, Typed)]) -> Option<Typed> {
    let Expr::Identifier(ident) = expression else {
        return None;
    };
    let alias = normal(ident);
    let mut found = projected.iter().filter(|(name, _)| *name == alias);
    found.next().map(|(_, typed)| typed.clone())
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
