//! Columns of grouped queries that are neither grouped nor aggregated.
//!
//! H2 takes such a column as long as all rows of a group have one value in it, and refuses the
//! statement at the first group in which they differ. Whether a query is grouped shows late: an
//! aggregate may stand in its last column. So columns are written between marks while the query
//! is read, and what stands between them is settled when all of it is known.
//!
//! A subquery that takes such columns is one of them: its value has to be the same for all rows of a
//! group. So it is on a node where it looks a row up by a unique key, which is made a join there;
//! elsewhere the columns that it takes have to be the same.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr, OrderBy, OrderByKind, Query, Select, SelectItem, SetExpr};

use super::scope::{SourceColumn, SourceTable, Taken, normal};
use super::{Bound, Translator};
use crate::sql::error::{SqlError, code};
use crate::sql::functions::DECIMAL_COLLATION;
use crate::sql::types::SqlType;

/// What no text of ours holds: names are numbers there, and values of statements are bound.
const OPENS: char = '\u{2}';
const BEHIND_NAME: char = '\u{3}';
const BETWEEN_COLUMNS: char = '\u{4}';
const BEHIND_COLUMNS: char = '\u{5}';
const CLOSES: char = '\u{6}';

/// Where in a query an expression stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where nothing is grouped: the values of a change.
    #[default]
    Elsewhere,
    /// Among what is read before rows are grouped, where aggregates are wrong.
    Rows,
    /// In GROUP BY.
    GroupBy,
    /// Among what is computed of groups, if there are any.
    Groups,
    /// In an aggregate's argument.
    Aggregate,
}

/// Whether a query may be grouped; names and values alone are not.
pub(super) fn may_be_grouped(select: &Select, order: Option<&OrderBy>) -> bool {
    let is_plain = |expression: &Expr| {
        matches!(
            expression,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
        )
    };
    let is_plain_item = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expression) => is_plain(expression),
        SelectItem::ExprWithAlias { expr, .. } => is_plain(expr),
        _ => true,
    };
    let is_plain_order = |order: &OrderBy| match &order.kind {
        OrderByKind::Expressions(terms) => terms.iter().all(|term| is_plain(&term.expr)),
        OrderByKind::All(_) => true,
    };
    is_grouped(select)
        || !select.projection.iter().all(is_plain_item)
        || !order.is_none_or(is_plain_order)
}

/// Whether it is grouped whatever its columns are.
fn is_grouped(select: &Select) -> bool {
    use sqlparser::ast::GroupByExpr;

    let has_terms = match &select.group_by {
        GroupByExpr::Expressions(terms, _) => !terms.is_empty(),
        GroupByExpr::All(_) => true,
    };
    has_terms || select.having.is_some()
}

/// A column between marks.
pub(super) fn marked(table: &SourceTable, column: &SourceColumn) -> String {
    let code = &column.code;
    between_marks(&shown(table, column), column.ty, code, code)
}

/// How a node names a column of a table.
pub(super) fn shown(table: &SourceTable, column: &SourceColumn) -> String {
    let alias = if table.is_renamed { &table.name } else { "" };
    let number = table_number(&column.code).unwrap_or(0);
    format!("{alias}__Z{number}.{}", column.name)
}

/// A node's number of the table that a column is of: it begins at nought.
fn table_number(code: &str) -> Option<usize> {
    let (table, _) = code.strip_prefix('a')?.split_once('.')?;
    let number: usize = table.parse().ok()?;
    Some(number.saturating_sub(1))
}

fn between_marks(shown: &str, ty: SqlType, columns: &str, code: &str) -> String {
    let is_decimal = u8::from(ty == SqlType::Decimal);
    // A quote in a name would end the text that the name becomes, and a name may hold our marks.
    let shown = shown.replace('\'', "''").replace(char::is_control, "");
    format!("{OPENS}{is_decimal}{shown}{BEHIND_NAME}{columns}{BEHIND_COLUMNS}{code}{CLOSES}")
}

/// How a node names the column that a subquery selects, if it selects one of its own.
fn selected_column(query: &Query, text: &str) -> Option<String> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    let (SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }) =
        select.projection.first()?
    else {
        return None;
    };
    let name = match item {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(names) => names.last()?,
        _ => return None,
    };
    let number = table_number(text.strip_prefix("SELECT ")?.split(' ').next()?)?;
    Some(format!("__Z{number}.{}", normal(name)))
}

/// The text without its marks.
pub(super) fn unmarked(text: &str) -> String {
    settled(text, |_, _, code| code.to_owned())
}

/// What is known of a query that has been read.
pub(super) struct Grouping<'q> {
    is_grouped: bool,
    /// What is grouped by, with its constants.
    terms: BTreeSet<String>,
    binds: &'q [Bound],
}

impl<'q> Grouping<'q> {
    pub(super) fn new(
        select: &Select,
        has_aggregates: bool,
        terms: &[String],
        binds: &'q [Bound],
    ) -> Self {
        // A decimal is grouped with a collation, and selected without it.
        let terms = terms
            .iter()
            .flat_map(|term| [term.as_str(), uncollated(term)]);
        let terms = terms.map(|term| with_constants(term, binds));
        Self {
            is_grouped: has_aggregates || is_grouped(select),
            terms: terms.collect(),
            binds,
        }
    }

    /// A column of the result, or a term of its order: it may be what is grouped by.
    pub(super) fn whole(&self, text: &str) -> String {
        if !text.contains(OPENS) {
            return text.to_owned();
        }
        let plain = unmarked(text);
        if self.terms.contains(&with_constants(&plain, self.binds)) {
            return plain;
        }
        self.part(text)
    }

    /// Text whose columns have one value in each group, if there are groups.
    pub(super) fn part(&self, text: &str) -> String {
        settled(text, |name, columns, code| {
            let mut columns = columns.split(BETWEEN_COLUMNS);
            if !self.is_grouped || columns.all(|column| self.terms.contains(column)) {
                return code.to_owned();
            }
            let (is_decimal, name) = name.split_at_checked(1).unwrap_or(("0", name));
            let same = format!("h2_same({code}, {is_decimal}, '{name}')");
            if !self.terms.is_empty() {
                return same;
            }
            // The one group of all rows may have none of which a column could be.
            format!("(CASE count(*) WHEN 0 THEN h2_must_group('{name}') ELSE {same} END)")
        })
    }
}

/// The text with what is between marks as `write` has it, from its name, the columns that it
/// depends on, and its code.
fn settled(text: &str, write: impl Fn(&str, &str, &str) -> String) -> String {
    let mut parts = text.split(OPENS);
    let mut settled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (column, rest) = part.split_once(CLOSES).unwrap_or((part, ""));
        let (name, column) = column.split_once(BEHIND_NAME).unwrap_or(("0", column));
        let (columns, code) = column.split_once(BEHIND_COLUMNS).unwrap_or(("", column));
        settled.push_str(&write(name, columns, code));
        settled.push_str(rest);
    }
    settled
}

/// A term without the collation of decimals.
fn uncollated(term: &str) -> &str {
    let inner = term.strip_prefix('(').and_then(|term| {
        let term = term.strip_suffix(')')?.strip_suffix(DECIMAL_COLLATION)?;
        term.strip_suffix(" COLLATE ")
    });
    inner.unwrap_or(term)
}

/// The text with what its numbered places stand for: one expression written twice has other
/// places. Arguments are the same by their numbers, whatever their values.
fn with_constants(text: &str, binds: &[Bound]) -> String {
    let mut parts = text.split('?');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|next: char| !next.is_ascii_digit());
        let (number, rest) = part.split_at(end.unwrap_or(part.len()));
        let index = number.parse::<usize>().unwrap_or(0).checked_sub(1);
        let bound = index.and_then(|index| binds.get(index));
        whole.push_str(&format!("?{bound:?}{rest}"));
    }
    whole
}

impl Translator<'_> {
    /// Reads what stands in another place of the innermost query.
    pub(super) fn at<T>(
        &mut self,
        place: Place,
        read: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let before = std::mem::replace(&mut self.innermost().place, place);
        let read = read(self);
        self.innermost().place = before;
        read
    }

    /// A subquery with one value in each group of the innermost query, if it takes columns of that,
    /// which has had `before` of them taken.
    pub(super) fn of_group(
        &mut self,
        (query, text): (&Query, &str),
        (code, ty): (String, SqlType),
        before: usize,
    ) -> String {
        let scope = self.innermost();
        let taken = scope.taken.split_off(before);
        let Some(Taken { shown, .. }) = taken.first() else {
            return code;
        };
        // An aggregate of such columns alone belongs to the query outside: it has one value.
        if scope.place != Place::Groups || taken.iter().any(|taken| taken.is_aggregated) {
            return code;
        }
        let is_taken = |taken: &&Taken| text.starts_with(&format!("SELECT {} ", taken.code));
        let selected = match taken.iter().find(is_taken) {
            Some(taken) => Some(taken.shown.clone()),
            None => selected_column(query, text),
        };
        let columns: Vec<&str> = taken.iter().map(|taken| taken.code.as_str()).collect();
        let columns = columns.join(&BETWEEN_COLUMNS.to_string());
        between_marks(selected.as_ref().unwrap_or(shown), ty, &columns, &code)
    }

    /// Notes that the innermost query has an aggregate, where it may.
    pub(super) fn note_aggregate(&mut self, shown: &str) -> Result<(), SqlError> {
        let scope = self.innermost();
        match scope.place {
            Place::Rows => Err(SqlError::Execution {
                code: code::INVALID_AGGREGATE,
                message: format!("Invalid use of aggregate function \"{shown}\""),
            }),
            Place::GroupBy => Err(super::expression::unreadable(shown)),
            _ => {
                scope.has_aggregates = true;
                Ok(())
            }
        }
    }
}
