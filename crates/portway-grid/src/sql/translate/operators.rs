//! Operators of two operands.

use sqlparser::ast::{BinaryOperator, Expr};

use super::{Translator, Typed, with_own_collation};
use crate::sql::error::SqlError;
use crate::sql::functions::arithmetic::Operator;
use crate::sql::functions::type_number;
use crate::sql::functions::units::Unit;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    pub(super) fn binary(
        &mut self,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
    ) -> Result<Typed, SqlError> {
        if let Some(word) = logic(operator) {
            return self.logic(left, word, right);
        }
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right)
            && *operator == BinaryOperator::Eq
        {
            return self.equal_rows(left, right);
        }
        let left = self.expression(left)?;
        let right = self.expression(right)?;
        if let Some(comparison) = comparison(operator) {
            let (left, right) = self.constants_converted(left, right)?;
            let code = self.compared(comparison, &left, &right)?;
            let name = format!("({} {comparison} {})", left.name, right.name);
            let compared = Typed::new(code, SqlType::Boolean, name);
            return self.folded(compared, &[&left, &right]);
        }
        match operator {
            BinaryOperator::StringConcat => self.concatenated(&left, &right),
            BinaryOperator::Plus => self.arithmetic(Operator::Add, &left, &right),
            BinaryOperator::Minus => self.arithmetic(Operator::Subtract, &left, &right),
            BinaryOperator::Multiply => self.arithmetic(Operator::Multiply, &left, &right),
            BinaryOperator::Divide => self.arithmetic(Operator::Divide, &left, &right),
            BinaryOperator::Modulo => self.arithmetic(Operator::Remainder, &left, &right),
            other => Err(SqlError::unsupported(&other.to_string())),
        }
    }

    fn logic(&mut self, left: &Expr, word: &str, right: &Expr) -> Result<Typed, SqlError> {
        let left = self.expression(left)?;
        let right = self.expression(right)?;
        let (a, b) = (self.truth(&left)?, self.truth(&right)?);
        let name = format!("({}\n    {word} {})", left.name, right.name);
        let joined = Typed::new(format!("({a} {word} {b})"), SqlType::Boolean, name);
        self.folded(joined, &[&left, &right])
    }

    /// Writes a comparison of two values of any types.
    pub(super) fn compared(
        &mut self,
        operator: &str,
        left: &Typed,
        right: &Typed,
    ) -> Result<String, SqlError> {
        if left.ty.is_coded() || right.ty.is_coded() {
            return self.compared_as_they_are(operator, left, right);
        }
        let ty = left.ty.common(right.ty);
        let left = self.converted(left, ty)?;
        let right = self.converted(right, ty)?;
        let (left, right) = (self.code(&left), self.code(&right));
        Ok(match ty {
            // A column keeps its own collation, which an index has too.
            SqlType::Decimal => format!(
                "({left} {operator} {right} COLLATE {})",
                crate::sql::functions::DECIMAL_COLLATION
            ),
            // The left side's is the one that counts.
            _ if right.contains(" COLLATE ") && ty == SqlType::Varchar => {
                format!("({left} COLLATE BINARY {operator} {right})")
            }
            _ => format!("({} {operator} {right})", with_own_collation(left, ty)),
        })
    }

    /// H2 converts a constant to the type of the column that it is compared with, and prints it so.
    pub(super) fn constants_converted(
        &mut self,
        left: Typed,
        right: Typed,
    ) -> Result<(Typed, Typed), SqlError> {
        let ty = left.ty.common(right.ty);
        let left_is_text = left.is_constant && left.ty == SqlType::Varchar;
        let right_is_text = right.is_constant && right.ty == SqlType::Varchar;
        Ok((
            if left_is_text {
                self.shown_as(left, ty)?
            } else {
                left
            },
            if right_is_text {
                self.shown_as(right, ty)?
            } else {
                right
            },
        ))
    }

    fn shown_as(&mut self, text: Typed, ty: SqlType) -> Result<Typed, SqlError> {
        if text.ty == ty || !matches!(ty, SqlType::Boolean) && !ty.is_temporal() {
            return Ok(text);
        }
        let converted = self.converted(&text, ty)?;
        Ok(match converted.constant() {
            Some(value) => Typed::literal(value.clone()),
            None => converted,
        })
    }

    fn concatenated(&mut self, left: &Typed, right: &Typed) -> Result<Typed, SqlError> {
        let a = self.converted(left, SqlType::Varchar)?;
        let b = self.converted(right, SqlType::Varchar)?;
        let code = format!("({} || {})", self.code(&a), self.code(&b));
        let name = format!("({} || {})", left.name, right.name);
        let typed = Typed::new(code, SqlType::Varchar, name);
        self.folded(typed, &[left, right])
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Typed, SqlError> {
        if left.ty.is_temporal() || right.ty.is_temporal() {
            return self.temporal(operator, left, right);
        }
        let both = left.ty.common(right.ty);
        if matches!(both, SqlType::Varchar | SqlType::Array) {
            let what = format!("{} {}", both.name(), operator.symbol());
            return self.refused(&what, &[left, right]);
        }
        let ty = if both.is_number() {
            both
        } else {
            SqlType::Decimal
        };
        let a = self.converted(left, ty)?;
        let b = self.converted(right, ty)?;
        let computed = self.computed(operator, &a, &b, ty);
        let name = format!("({} {} {})", left.name, operator.symbol(), right.name);
        let scale = match ty {
            SqlType::Decimal => digits(left)
                .max(digits(right))
                .filter(|_| digits(left).is_some() && digits(right).is_some()),
            _ => None,
        };
        let computed = Typed {
            name,
            scale,
            ..computed
        };
        self.folded(computed, &[left, right])
    }

    /// Writes an operation on two values of type `ty`.
    pub(super) fn computed(
        &mut self,
        operator: Operator,
        left: &Typed,
        right: &Typed,
        ty: SqlType,
    ) -> Typed {
        let (left, right) = (self.code(left), self.code(right));
        let number = Operator::ALL.iter().position(|known| *known == operator);
        let number = number.unwrap_or_default();
        let code = format!("h2_compute({number}, {}, {left}, {right})", type_number(ty));
        Typed::new(code, ty, String::new())
    }
}

/// The digits behind the point that H2 expects of an operand, if it expects any number of them.
fn digits(operand: &Typed) -> Option<u32> {
    match (operand.constant(), operand.ty) {
        (_, ty) if ty.is_integer() => Some(0),
        (Some(SqlValue::Decimal(number)), _) => u32::try_from(number.fractional_digit_count()).ok(),
        // An argument is as long as what it is computed with.
        (None, _) if operand.bound().is_some() => Some(0),
        _ => operand.scale,
    }
}

/// Text is read as a timestamp where a time is wanted.
pub(super) fn temporal_type(ty: SqlType) -> SqlType {
    if ty.is_temporal() {
        ty
    } else {
        SqlType::Timestamp
    }
}

pub(super) fn unit_number(unit: Unit) -> usize {
    Unit::ALL
        .iter()
        .position(|known| *known == unit)
        .unwrap_or_default()
}

fn logic(operator: &BinaryOperator) -> Option<&'static str> {
    match operator {
        BinaryOperator::And => Some("AND"),
        BinaryOperator::Or => Some("OR"),
        _ => None,
    }
}

fn comparison(operator: &BinaryOperator) -> Option<&'static str> {
    Some(match operator {
        BinaryOperator::Eq => "=",
        BinaryOperator::NotEq => "<>",
        BinaryOperator::Lt => "<",
        BinaryOperator::LtEq => "<=",
        BinaryOperator::Gt => ">",
        BinaryOperator::GtEq => ">=",
        _ => return None,
    })
}
