//! Arithmetic of dates and times, and the functions that name a unit of them.

use sqlparser::ast::{DateTimeField, Expr};

use super::calls::wrong_count;
use super::operators::{temporal_type, unit_number};
use super::{Code, Translator, Typed};
use crate::sql::error::SqlError;
use crate::sql::functions::arithmetic::Operator;
use crate::sql::functions::type_number;
use crate::sql::functions::units::{Unit, unknown_unit};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

const SECONDS_PER_DAY: i32 = 86_400;

impl Translator<'_> {
    /// DATEADD and DATEDIFF, whose first argument is the name of a unit.
    pub(super) fn with_unit(
        &mut self,
        name: &str,
        arguments: &[&Expr],
    ) -> Result<Option<Typed>, SqlError> {
        let adds = matches!(name, "DATEADD" | "TIMESTAMPADD");
        if !adds && !matches!(name, "DATEDIFF" | "TIMESTAMPDIFF") {
            return Ok(None);
        }
        let [unit, first, second] = arguments else {
            return Err(wrong_count(name, 3, 3));
        };
        let shown = unit_name(unit);
        let unit = Unit::named(&shown).ok_or_else(|| unknown_unit(&shown))?;
        let first = self.expression(first)?;
        let second = self.expression(second)?;
        if !adds {
            return self
                .date_difference(unit, name, &shown, &first, &second)
                .map(Some);
        }
        let name = format!("{name}('{shown}', {}, {})", first.name, second.name);
        self.later(unit, &first, &second, name).map(Some)
    }

    /// `count` units after a time.
    pub(super) fn later(
        &mut self,
        unit: Unit,
        count: &Typed,
        time: &Typed,
        name: String,
    ) -> Result<Typed, SqlError> {
        let ty = temporal_type(time.ty);
        let (number, moment) = (
            self.converted(count, SqlType::BigInt)?,
            self.converted(time, ty)?,
        );
        let (number, moment) = (self.code(&number), self.code(&moment));
        let code = format!(
            "h2_dateadd({}, {number}, {}, {moment})",
            unit_number(unit),
            type_number(ty)
        );
        let typed = Typed::new(code, later_type(unit, ty), name);
        self.folded(typed, &[count, time])
    }

    pub(super) fn date_difference(
        &mut self,
        unit: Unit,
        function: &str,
        shown: &str,
        from: &Typed,
        to: &Typed,
    ) -> Result<Typed, SqlError> {
        let from_type = temporal_type(from.ty);
        let to_type = temporal_type(to.ty);
        let (a, b) = (
            self.converted(from, from_type)?,
            self.converted(to, to_type)?,
        );
        let (a, b) = (self.code(&a), self.code(&b));
        let code = format!(
            "h2_datediff({}, {}, {a}, {}, {b})",
            unit_number(unit),
            type_number(from_type),
            type_number(to_type)
        );
        let name = format!("{function}('{shown}', {}, {})", from.name, to.name);
        let typed = Typed::new(code, SqlType::BigInt, name);
        self.folded(typed, &[from, to])
    }

    pub(super) fn date_truncated(
        &mut self,
        unit: &Typed,
        time: &Typed,
        shown: &str,
    ) -> Result<Typed, SqlError> {
        let Some(SqlValue::Varchar(name)) = self.known_value(unit) else {
            return Err(SqlError::unsupported("a unit that is no text"));
        };
        let found = Unit::named(&name).ok_or_else(|| unknown_unit(&name))?;
        self.of_unit("h2_datetrunc", found, time, SqlType::Timestamp, shown)
    }

    pub(super) fn extract(
        &mut self,
        field: &DateTimeField,
        from: &Expr,
    ) -> Result<Typed, SqlError> {
        let field = field.to_string().to_uppercase();
        let unit = Unit::named(&field).ok_or_else(|| unknown_unit(&field))?;
        let value = self.expression(from)?;
        let shown = format!("EXTRACT({field} FROM {})", value.name);
        let ty = match unit {
            Unit::Epoch => SqlType::Decimal,
            _ => SqlType::Int,
        };
        self.of_unit("h2_extract", unit, &value, ty, &shown)
    }

    fn of_unit(
        &mut self,
        function: &str,
        unit: Unit,
        time: &Typed,
        result: SqlType,
        shown: &str,
    ) -> Result<Typed, SqlError> {
        let ty = temporal_type(time.ty);
        let moment = self.converted(time, ty)?;
        let code = self.code(&moment);
        let code = format!(
            "{function}({}, {}, {code})",
            unit_number(unit),
            type_number(ty)
        );
        self.folded(Typed::new(code, result, shown.to_owned()), &[time])
    }

    /// Numbers are days: a whole one moves a time by days, another by seconds.
    pub(super) fn temporal(
        &mut self,
        operator: Operator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Typed, SqlError> {
        // In a sum the later type stands on the right: INT, TIME, DATE, TIMESTAMP.
        let is_swapped = operator == Operator::Add && left.ty.common(right.ty) != right.ty
            || operator == Operator::Multiply && right.ty == SqlType::Time;
        let (left, right) = if is_swapped {
            (right, left)
        } else {
            (left, right)
        };
        let is_date = matches!(left.ty, SqlType::Date | SqlType::Timestamp);
        match (operator, left.ty, right.ty) {
            (Operator::Add, SqlType::Int, _) => self.moved(left, right, false),
            (Operator::Add, ty, _) if is_fraction(ty) => self.moved(left, right, false),
            (Operator::Subtract, _, SqlType::Int) if is_date => self.moved(right, left, true),
            (Operator::Subtract, _, ty) if is_date && is_fraction(ty) => {
                self.moved(right, left, true)
            }
            (Operator::Subtract, _, SqlType::Date | SqlType::Timestamp) if is_date => {
                self.date_difference(Unit::Day, "DATEDIFF", "DAY", right, left)
            }
            (Operator::Add | Operator::Subtract, SqlType::Time, SqlType::Time) => {
                self.times(operator, left, right, SqlType::Time)
            }
            (Operator::Add, SqlType::Time, _) => {
                self.times(operator, left, right, SqlType::Timestamp)
            }
            (Operator::Subtract, _, SqlType::Time) if is_date => {
                self.times(operator, left, right, SqlType::Timestamp)
            }
            (Operator::Multiply | Operator::Divide, SqlType::Time, _) => {
                let factor = self.converted(right, SqlType::Double)?;
                self.times(operator, left, &factor, SqlType::Time)
            }
            _ => {
                let (left, right) = (left.ty.name(), right.ty.name());
                Err(SqlError::unsupported(&format!(
                    "{left} {} {right}",
                    operator.symbol()
                )))
            }
        }
    }

    /// A time moved by days.
    fn moved(&mut self, days: &Typed, time: &Typed, backwards: bool) -> Result<Typed, SqlError> {
        let (unit, shown, mut count) = match days.ty {
            SqlType::Int => (Unit::Day, "DAY", days.clone()),
            _ => {
                let factor = Typed::literal(SqlValue::Int(SECONDS_PER_DAY));
                let seconds = self.arithmetic(Operator::Multiply, &factor, days)?;
                (Unit::Second, "SECOND", seconds)
            }
        };
        if backwards {
            count = self.negative(&count)?;
        }
        let name = format!("DATEADD('{shown}', {}, {})", count.name, time.name);
        self.later(unit, &count, time, name)
    }

    fn times(
        &mut self,
        operator: Operator,
        left: &Typed,
        right: &Typed,
        ty: SqlType,
    ) -> Result<Typed, SqlError> {
        let number = Operator::ALL.iter().position(|known| *known == operator);
        let number = number.unwrap_or_default();
        let types = (type_number(left.ty), type_number(right.ty));
        let (a, b) = (self.code(left), self.code(right));
        let code = format!(
            "h2_time_compute({number}, {}, {a}, {}, {b})",
            types.0, types.1
        );
        let name = format!("({} {} {})", left.name, operator.symbol(), right.name);
        // H2 computes this for each row, constants too.
        Ok(Typed {
            code: Code::Text(code),
            ..Typed::new(String::new(), ty, name)
        })
    }
}

fn is_fraction(ty: SqlType) -> bool {
    matches!(ty, SqlType::Decimal | SqlType::Real | SqlType::Double)
}

/// Hours added to a date make a timestamp.
fn later_type(unit: Unit, ty: SqlType) -> SqlType {
    match ty {
        SqlType::Date if unit.is_within_day() => SqlType::Timestamp,
        other => other,
    }
}

/// The name of a unit: as it is in quotation marks, else in upper case.
fn unit_name(unit: &Expr) -> String {
    match unit {
        Expr::Value(value) => value.value.clone().into_string().unwrap_or_default(),
        other => other.to_string().to_uppercase(),
    }
}
