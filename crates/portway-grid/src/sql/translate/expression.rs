//! Expressions: literals, names, CASE, CAST, subqueries, and what the other files add.

use sqlparser::ast::{CaseWhen, CastKind, Expr, TrimWhereField, TypedString, UnaryOperator, Value};

use super::scope::normal;
use super::{Bound, Translator, Typed};
use crate::sql::convert::{bytes_of_digits, convert};
use crate::sql::error::{SqlError, code, state};
use crate::sql::parse::sql_type;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    /// Translates an expression.
    pub(crate) fn expression(&mut self, expression: &Expr) -> Result<Typed, SqlError> {
        self.deeper(|translator| translator.expression_here(expression))
    }

    fn expression_here(&mut self, expression: &Expr) -> Result<Typed, SqlError> {
        match expression {
            Expr::Identifier(ident) => match (normal(ident).as_str(), ident.quote_style) {
                ("ROWNUM", None) => Err(row_number()),
                (name, None) if name.starts_with('@') => Err(variable(name)),
                (name, None) => match self.keyword_function(name) {
                    Some(function) => self.call_named(function, &[]),
                    None => self.column(&[name.to_owned()]),
                },
                (name, _) => self.column(&[name.to_owned()]),
            },
            Expr::CompoundIdentifier(idents) => {
                let parts: Vec<String> = idents.iter().map(normal).collect();
                self.column(&parts)
            }
            Expr::Value(value) => self.literal(&value.value),
            Expr::TypedString(typed) => typed_string(typed),
            Expr::Nested(inner) => self.expression(inner),
            Expr::Tuple(elements) => self.array_of(elements),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Function(function) => self.call(function),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            Expr::Cast {
                expr,
                data_type,
                kind,
                ..
            } => self.cast(expr, data_type, kind),
            Expr::Convert {
                expr,
                data_type: Some(data_type),
                ..
            } => self.cast(expr, data_type, &CastKind::Cast),
            Expr::Subquery(query) => self.scalar_subquery(query),
            other => self.spelled_function(other),
        }
    }

    /// The functions whose arguments have words between them.
    fn spelled_function(&mut self, expression: &Expr) -> Result<Typed, SqlError> {
        match expression {
            Expr::Extract { field, expr, .. } => self.extract(field, expr),
            Expr::Ceil { expr, .. } => self.call_named("CEIL", &[expr]),
            Expr::Floor { expr, .. } => self.call_named("FLOOR", &[expr]),
            Expr::Position { expr, r#in } => self.call_named("POSITION", &[expr, r#in]),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                shorthand,
                ..
            } => {
                let name = if *shorthand { "SUBSTR" } else { "SUBSTRING" };
                let rest = [substring_from, substring_for].into_iter().flatten();
                let arguments: Vec<&Expr> = [expr.as_ref()]
                    .into_iter()
                    .chain(rest.map(AsRef::as_ref))
                    .collect();
                self.call_named(name, &arguments)
            }
            Expr::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "LTRIM",
                    Some(TrimWhereField::Trailing) => "RTRIM",
                    _ => "TRIM",
                };
                let what = trim_what.as_deref();
                let what = what.or_else(|| trim_characters.as_ref()?.first());
                let arguments: Vec<&Expr> = [expr.as_ref()].into_iter().chain(what).collect();
                self.call_named(name, &arguments)
            }
            Expr::Interval(interval) => Err(unreadable(&interval.to_string())),
            condition => self.condition_expression(condition),
        }
    }

    fn literal(&mut self, value: &Value) -> Result<Typed, SqlError> {
        Ok(match value {
            Value::Number(digits, _) => Typed::literal(number(digits)?),
            Value::SingleQuotedString(text)
            | Value::NationalStringLiteral(text)
            | Value::EscapedStringLiteral(text)
            | Value::UnicodeStringLiteral(text) => Typed::literal(SqlValue::Varchar(text.clone())),
            Value::HexStringLiteral(digits) => {
                Typed::literal(SqlValue::Binary(bytes_of_digits(digits)?))
            }
            Value::Boolean(value) => Typed::literal(SqlValue::Boolean(*value)),
            Value::Null => Typed::literal(SqlValue::Null),
            Value::Placeholder(place) => self.argument(place)?,
            other => return Err(SqlError::unsupported(&other.to_string())),
        })
    }

    fn argument(&mut self, place: &str) -> Result<Typed, SqlError> {
        let number = place.trim_start_matches('?').parse::<usize>().ok();
        let index = number.and_then(|number| number.checked_sub(1));
        let value = index.and_then(|index| Some((index, self.given.arguments.get(index)?)));
        let (index, value) = value.ok_or_else(|| {
            let actual = self.given.arguments.len();
            let expected = number.unwrap_or(actual + 1);
            let message = format!(
                "Invalid number of query parameters [expected={expected}, actual={actual}]"
            );
            SqlError::ignite(state::INTERNAL, message)
        })?;
        let bound = Bound::given(value.clone(), index);
        Ok(Typed::known(bound, place.to_owned()))
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expr) -> Result<Typed, SqlError> {
        match operator {
            UnaryOperator::Plus => self.expression(operand),
            UnaryOperator::Not => self.not(operand),
            UnaryOperator::Minus => self.negated(operand),
            other => Err(SqlError::unsupported(&other.to_string())),
        }
    }

    fn negated(&mut self, operand: &Expr) -> Result<Typed, SqlError> {
        if let Expr::Value(value) = operand
            && let Value::Number(digits, _) = &value.value
        {
            return Ok(Typed::literal(number(&format!("-{digits}"))?));
        }
        let operand = self.expression(operand)?;
        self.negative(&operand)
    }

    pub(super) fn negative(&mut self, operand: &Typed) -> Result<Typed, SqlError> {
        match operand.ty {
            ty if ty == SqlType::Varchar || ty.is_coded() || ty.is_temporal() => {
                return self.refused(&format!("{} NEG", ty.name()), &[operand]);
            }
            SqlType::Boolean => {
                let code = format!("(NOT {})", self.code(operand));
                let typed = Typed::new(code, SqlType::Boolean, format!("(- {})", operand.name));
                return self.folded(typed, &[operand]);
            }
            _ => {}
        }
        let ty = if operand.ty.is_number() {
            operand.ty
        } else {
            SqlType::Decimal
        };
        let zero = Typed::literal(convert(SqlValue::Int(0), ty)?);
        let value = self.converted(operand, ty)?;
        let difference = self.computed(
            crate::sql::functions::arithmetic::Operator::Subtract,
            &zero,
            &value,
            ty,
        );
        let difference = Typed {
            name: format!("(- {})", operand.name),
            ..difference
        };
        self.folded(difference, &[operand])
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        other: Option<&Expr>,
    ) -> Result<Typed, SqlError> {
        let operand = operand
            .map(|operand| self.expression(operand))
            .transpose()?;
        let mut branches = Vec::new();
        for branch in conditions {
            let condition = self.expression(&branch.condition)?;
            branches.push((condition, self.expression(&branch.result)?));
        }
        let other = other.map(|other| self.expression(other)).transpose()?;
        let results = branches.iter().map(|(_, result)| result).chain(&other);
        let ty = results
            .map(|result| result.ty)
            .fold(SqlType::Null, SqlType::common);

        let mut code = "CASE".to_owned();
        let mut name = match &operand {
            Some(operand) => format!("CASE {}", operand.name),
            None => "CASE".to_owned(),
        };
        for (condition, result) in &branches {
            let tested = match &operand {
                Some(operand) => self.compared_late(operand, condition),
                None => self.truth(condition)?,
            };
            let value = self.converted_late(result, ty);
            code.push_str(&format!(" WHEN {tested} THEN {value}"));
            name.push_str(&format!(" WHEN {} THEN {}", condition.name, result.name));
        }
        if let Some(other) = &other {
            let value = self.converted_late(other, ty);
            code.push_str(&format!(" ELSE {value}"));
            name.push_str(&format!(" ELSE {}", other.name));
        }
        code.push_str(" END");
        name.push_str(" END");
        let pairs = branches
            .iter()
            .flat_map(|(condition, result)| [condition, result]);
        let parts: Vec<&Typed> = operand.iter().chain(pairs).chain(&other).collect();
        self.folded(Typed::new(code, ty, name), &parts)
    }

    fn scalar_subquery(&mut self, query: &sqlparser::ast::Query) -> Result<Typed, SqlError> {
        let taken = self.innermost().taken.len();
        let (text, outputs) = self.deeper(|translator| translator.query(query))?;
        let [output] = outputs.as_slice() else {
            return self.row_of_subquery(&text, &outputs, format!("({query})"));
        };
        // SQLite takes the first of several rows, where H2 fails.
        let one = format!("(SELECT h2_only(c0) FROM (SELECT * FROM ({text}) LIMIT 2))");
        let one = self.of_group((query, &text), (one, output.ty), taken);
        let typed = Typed::new(one, output.ty, format!("({query})"));
        Ok(Typed {
            scale: output.scale,
            ..typed
        })
    }
}

/// What a node says to the numbers of rows: rows of several nodes have none.
pub(super) fn row_number() -> SqlError {
    let message = "Unsupported expression: ROWNUM() [type=Rownum]";
    SqlError::ignite(state::INTERNAL, message)
}

/// What the parser reads and H2 does not.
pub(crate) fn unreadable(what: &str) -> SqlError {
    let message = format!("Syntax error in SQL statement \"{what}[*]\"");
    SqlError::parse(code::SYNTAX, message)
}

/// Variables belong to a connection of H2, which no client of a node has.
fn variable(name: &str) -> SqlError {
    let message = format!("Unsupported expression: {name} [type=Variable]");
    SqlError::ignite(state::INTERNAL, message)
}

/// A number as H2 reads it: INT, BIGINT or DECIMAL.
fn number(digits: &str) -> Result<SqlValue, SqlError> {
    if let Ok(number) = digits.parse::<i32>() {
        return Ok(SqlValue::Int(number));
    }
    if let Ok(number) = digits.parse::<i64>() {
        return Ok(SqlValue::BigInt(number));
    }
    let decimal: Option<portway_ignite_protocol::Decimal> = digits.parse().ok();
    let decimal = decimal.ok_or_else(|| {
        SqlError::parse(
            code::DATA_CONVERSION,
            format!("Data conversion error converting \"{digits}\""),
        )
    })?;
    Ok(SqlValue::Decimal(crate::sql::value::to_big_decimal(
        &decimal,
    )))
}

/// `DATE '...'`, `TIMESTAMP '...'`, ...
fn typed_string(typed: &TypedString) -> Result<Typed, SqlError> {
    let (ty, ..) = sql_type(&typed.data_type)?;
    if !ty.is_temporal() {
        return Err(unreadable(&typed.to_string()));
    }
    let text = typed.value.value.clone().into_string().unwrap_or_default();
    let value = convert(SqlValue::Varchar(text), ty)?;
    Ok(Typed::literal(value))
}
