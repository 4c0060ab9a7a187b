//! Conditions: NOT, IS, BETWEEN, IN, LIKE, EXISTS.

use sqlparser::ast::{BinaryOperator, Expr, Query, Value};

use super::expression::unreadable;
use super::{Translator, Typed, with_own_collation};
use crate::sql::error::{SqlError, state};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    /// Writes a condition.
    pub(crate) fn condition(&mut self, condition: &Expr) -> Result<String, SqlError> {
        let typed = self.expression(condition)?;
        self.truth(&typed)
    }

    /// Writes a value as true, false or unknown.
    pub(super) fn truth(&mut self, typed: &Typed) -> Result<String, SqlError> {
        let typed = self.converted(typed, SqlType::Boolean)?;
        Ok(self.code(&typed))
    }

    pub(super) fn condition_expression(&mut self, condition: &Expr) -> Result<Typed, SqlError> {
        match condition {
            Expr::IsNull(inner) => self.is(inner, "IS NULL"),
            Expr::IsNotNull(inner) => self.is(inner, "IS NOT NULL"),
            Expr::IsTrue(inner) => self.is_truth(inner, "IS TRUE"),
            Expr::IsNotTrue(inner) => self.is_truth(inner, "IS NOT TRUE"),
            Expr::IsFalse(inner) => self.is_truth(inner, "IS FALSE"),
            Expr::IsNotFalse(inner) => self.is_truth(inner, "IS NOT FALSE"),
            Expr::IsUnknown(inner) => self.is(inner, "IS NULL"),
            Expr::IsNotUnknown(inner) => self.is(inner, "IS NOT NULL"),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, "IS NOT", right),
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, "IS", right),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, *negated, low, high),
            Expr::InList {
                expr,
                list,
                negated,
            } => self.in_list(expr, list, *negated),
            Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_query(expr, subquery, *negated),
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated),
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => match right.as_ref() {
                Expr::Subquery(query) => self.in_query(left, query, false),
                Expr::Value(place) if matches!(place.value, Value::Placeholder(_)) => {
                    let (left, place) = (self.expression(left)?, self.expression(right)?);
                    Err(any_of_argument(&left.name, &place.name))
                }
                _ => Err(unreadable(&condition.to_string())),
            },
            Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => match right.as_ref() {
                Expr::Subquery(_) => Err(unsupported_query(condition)),
                _ => Err(unreadable(&condition.to_string())),
            },
            other => self.pattern(other),
        }
    }

    fn pattern(&mut self, condition: &Expr) -> Result<Typed, SqlError> {
        match condition {
            Expr::Like {
                negated,
                expr,
                pattern,
                escape_char,
                ..
            } => self.like(expr, pattern, escape_char.as_deref(), *negated, false),
            Expr::ILike {
                negated,
                expr,
                pattern,
                escape_char,
                ..
            } => self.like(expr, pattern, escape_char.as_deref(), *negated, true),
            Expr::RLike {
                negated,
                expr,
                pattern,
                ..
            } => self.regexp(expr, pattern, *negated),
            other => Err(SqlError::unsupported(&shortened(&other.to_string()))),
        }
    }

    pub(super) fn not(&mut self, operand: &Expr) -> Result<Typed, SqlError> {
        let operand = self.expression(operand)?;
        let code = self.truth(&operand)?;
        let name = match operand.name.starts_with('(') {
            true => format!("(NOT {})", operand.name),
            false => format!("({} = FALSE)", operand.name),
        };
        let typed = Typed::new(format!("(NOT {code})"), SqlType::Boolean, name);
        self.folded(typed, &[&operand])
    }

    fn is(&mut self, operand: &Expr, test: &str) -> Result<Typed, SqlError> {
        let operand = self.expression(operand)?;
        let code = format!("({} {test})", self.code(&operand));
        let name = format!("({} {test})", operand.name);
        let typed = Typed::new(code, SqlType::Boolean, name);
        self.folded(typed, &[&operand])
    }

    fn is_truth(&mut self, operand: &Expr, test: &str) -> Result<Typed, SqlError> {
        let operand = self.expression(operand)?;
        let code = format!("({} {test})", self.truth(&operand)?);
        let name = format!("({} {test})", operand.name);
        self.folded(Typed::new(code, SqlType::Boolean, name), &[&operand])
    }

    fn distinct(&mut self, left: &Expr, test: &str, right: &Expr) -> Result<Typed, SqlError> {
        let (left, right) = (self.expression(left)?, self.expression(right)?);
        let code = self.compared(test, &left, &right)?;
        let name = format!("({} {test} {})", left.name, right.name);
        self.folded(Typed::new(code, SqlType::Boolean, name), &[&left, &right])
    }

    fn between(
        &mut self,
        value: &Expr,
        negated: bool,
        low: &Expr,
        high: &Expr,
    ) -> Result<Typed, SqlError> {
        let value = self.expression(value)?;
        let (low, high) = (self.expression(low)?, self.expression(high)?);
        let (value, low) = self.constants_converted(value, low)?;
        let (value, high) = self.constants_converted(value, high)?;
        let above = self.compared(">=", &value, &low)?;
        let below = self.compared("<=", &value, &high)?;
        let (signs, word) = if negated {
            (["<", ">"], "OR")
        } else {
            ([">=", "<="], "AND")
        };
        let name = format!(
            "(({value} {} {})\n    {word} ({value} {} {}))",
            signs[0],
            low.name,
            signs[1],
            high.name,
            value = value.name
        );
        let code = format!("({above} AND {below})");
        let typed = Typed::new(negate(code, negated), SqlType::Boolean, name);
        self.folded(typed, &[&value, &low, &high])
    }

    fn in_list(&mut self, value: &Expr, list: &[Expr], negated: bool) -> Result<Typed, SqlError> {
        if let Expr::Tuple(row) = value {
            return self.row_in(row, list, negated);
        }
        if let [item] = list {
            let (value, item) = (self.expression(value)?, self.expression(item)?);
            return self.is_only(&value, &item, negated);
        }
        if list.is_empty() {
            let never = SqlValue::Boolean(negated);
            return Ok(Typed::literal(never));
        }
        let value = self.expression(value)?;
        let mut items = Vec::new();
        for item in list {
            items.push(self.expression(item)?);
        }
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let name = format!("({} IN({}))", value.name, names.join(", "));
        // What it is one of is converted to its type, arrays too.
        let same = items
            .iter()
            .all(|item| item.ty.is_coded() || value.ty.common(item.ty) == value.ty);
        let code = if same && value.ty != SqlType::Decimal && !value.ty.is_coded() {
            let mut codes = Vec::new();
            for item in &items {
                codes.push(match value.is_constant {
                    true => self.converted_late(item, value.ty),
                    false => {
                        let item = self.converted(item, value.ty)?;
                        self.code(&item)
                    }
                });
            }
            let value = with_own_collation(self.code(&value), value.ty);
            format!("({value} IN ({}))", codes.join(", "))
        } else {
            let mut equal = Vec::new();
            for item in &items {
                equal.push(self.compared("=", &value, item)?);
            }
            match value.ty.is_coded() {
                true => first_of(&equal),
                false => format!("({})", equal.join(" OR ")),
            }
        };
        let typed = Typed::new(negate(code, negated), SqlType::Boolean, name);
        let parts: Vec<&Typed> = [&value].into_iter().chain(&items).collect();
        self.folded(typed, &parts)
    }

    /// A list of one is a comparison.
    fn is_only(&mut self, value: &Typed, item: &Typed, negated: bool) -> Result<Typed, SqlError> {
        let is_of_list = item.is_constant && item.ty == SqlType::Array;
        let item = &match is_of_list {
            true => self.converted(item, value.ty)?,
            false => item.clone(),
        };
        let code = self.compared("=", value, item)?;
        let name = format!("({} = {})", value.name, item.name);
        let typed = Typed::new(negate(code, negated), SqlType::Boolean, name);
        self.folded(typed, &[value, item])
    }

    fn in_query(&mut self, value: &Expr, query: &Query, negated: bool) -> Result<Typed, SqlError> {
        let value = self.expression(value)?;
        let (text, outputs) = self.deeper(|translator| translator.query(query))?;
        let [output] = outputs.as_slice() else {
            let message = "Subquery is not a single column query";
            return Err(SqlError::parse(90_052, message));
        };
        let ty = value.ty.common(output.ty);
        let left = self.converted(&value, ty)?;
        let left = match ty {
            // A subquery's values are looked up: those of other types are others.
            SqlType::Array => format!("({} COLLATE BINARY)", self.code(&left)),
            _ => self.comparable(&left),
        };
        let right = Typed::new("c0".to_owned(), output.ty, String::new());
        let right = self.converted(&right, ty)?;
        let right = self.code(&right);
        let code = format!("({left} IN (SELECT {right} FROM ({text})))");
        let name = format!("({} IN({query}))", value.name);
        Ok(Typed::new(negate(code, negated), SqlType::Boolean, name))
    }

    fn exists(&mut self, query: &Query, negated: bool) -> Result<Typed, SqlError> {
        let (text, _) = self.deeper(|translator| translator.query(query))?;
        let code = negate(format!("EXISTS ({text})"), negated);
        let name = format!("EXISTS({query})");
        Ok(Typed::new(code, SqlType::Boolean, name))
    }

    fn like(
        &mut self,
        value: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        ignores_case: bool,
    ) -> Result<Typed, SqlError> {
        let value = self.expression(value)?;
        let pattern = self.expression(pattern)?;
        let escape = match escape {
            Some(escape) => self.expression(escape)?,
            None => Typed::literal(SqlValue::Varchar("\\".to_owned())),
        };
        let has_escape =
            !matches!(self.known_value(&escape), Some(SqlValue::Varchar(text)) if text.is_empty());
        let text = self.converted(&value, SqlType::Varchar)?;
        let like = self.converted(&pattern, SqlType::Varchar)?;
        let (mut text, mut like) = (self.code(&text), self.code(&like));
        if ignores_case {
            text = format!("h2_upper({text})");
            like = format!("h2_upper({like})");
        }
        let escape = if has_escape {
            format!(" ESCAPE {}", self.code(&escape))
        } else {
            String::new()
        };
        let code = format!("({text} LIKE {like}{escape})");
        let name = format!("({} LIKE {})", value.name, pattern.name);
        let typed = Typed::new(negate(code, negated), SqlType::Boolean, name);
        self.folded(typed, &[&value, &pattern])
    }

    fn regexp(&mut self, value: &Expr, pattern: &Expr, negated: bool) -> Result<Typed, SqlError> {
        let (value, pattern) = (self.expression(value)?, self.expression(pattern)?);
        let text = self.converted(&value, SqlType::Varchar)?;
        let regexp = self.converted(&pattern, SqlType::Varchar)?;
        let code = format!("h2_regexp({}, {})", self.code(&text), self.code(&regexp));
        let name = format!("({} REGEXP {})", value.name, pattern.name);
        let name = if negated {
            format!("(NOT {name})")
        } else {
            name
        };
        let typed = Typed::new(negate(code, negated), SqlType::Boolean, name);
        self.folded(typed, &[&value, &pattern])
    }
}

/// What a node says to `= ANY(?)`, which H2 alone has.
fn any_of_argument(value: &str, place: &str) -> SqlError {
    let message =
        format!("Unsupported expression: ({value} = ANY({place})) [type=ConditionInParameter]");
    SqlError::ignite(state::INTERNAL, message)
}

/// What a node says to a query whose form it cannot divide among nodes.
fn unsupported_query(condition: &Expr) -> SqlError {
    let message = format!("Unsupported query: ({condition})");
    SqlError::ignite(state::INTERNAL, message)
}

/// That one of several conditions is true: what stands behind it is not looked at, and may fail.
fn first_of(conditions: &[String]) -> String {
    let any = conditions.join(" OR ");
    let whens = conditions.iter();
    let whens: String = whens.map(|when| format!(" WHEN {when} THEN 1")).collect();
    format!("(CASE{whens} ELSE ({any}) END)")
}

fn negate(code: String, negated: bool) -> String {
    if negated {
        format!("(NOT {code})")
    } else {
        code
    }
}

/// The beginning of a text for a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
