//! Calls of functions.

use portway_ignite_protocol::Timestamp;
use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
};
use uuid::Uuid;

use super::operators::{temporal_type, unit_number};
use super::scope::parts;
use super::{Translator, Typed};
use crate::sql::convert::convert;
use crate::sql::error::{SqlError, code};
use crate::sql::functions::times::Unit;
use crate::sql::functions::{self, type_number};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    pub(super) fn call(&mut self, function: &Function) -> Result<Typed, SqlError> {
        if function.over.is_some() {
            return Err(SqlError::unsupported("window functions"));
        }
        let name = parts(&function.name).pop().unwrap_or_default();
        let list = match &function.args {
            FunctionArguments::List(list) => list.clone(),
            FunctionArguments::None => FunctionArgumentList {
                duplicate_treatment: None,
                args: Vec::new(),
                clauses: Vec::new(),
            },
            FunctionArguments::Subquery(_) => {
                return Err(SqlError::unsupported("a subquery as an argument"));
            }
        };
        if let Some(aggregate) = self.aggregate(&name, &list)? {
            return Ok(aggregate);
        }
        let mut arguments = Vec::new();
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => arguments.push(argument),
                _ => return Err(SqlError::unsupported("this kind of argument")),
            }
        }
        self.call_named(&name, &arguments)
    }

    /// Functions that are called without parentheses.
    pub(super) fn is_keyword_function(&self, name: &str) -> bool {
        matches!(
            name,
            "CURRENT_DATE"
                | "CURRENT_TIME"
                | "CURRENT_TIMESTAMP"
                | "SYSDATE"
                | "TODAY"
                | "LOCALTIMESTAMP"
                | "LOCALTIME"
                | "CURRENT_USER"
        )
    }

    pub(super) fn call_named(
        &mut self,
        name: &str,
        arguments: &[&Expr],
    ) -> Result<Typed, SqlError> {
        if let Some(typed) = self.clock(name) {
            return Ok(typed);
        }
        if let Some(typed) = self.with_unit(name, arguments)? {
            return Ok(typed);
        }
        let mut typed = Vec::new();
        for argument in arguments {
            typed.push(self.expression(argument)?);
        }
        self.call_function(name, &typed)
    }

    /// Calls a function with translated arguments.
    pub(super) fn call_function(
        &mut self,
        name: &str,
        arguments: &[Typed],
    ) -> Result<Typed, SqlError> {
        let names: Vec<&str> = arguments
            .iter()
            .map(|argument| argument.name.as_str())
            .collect();
        let shown = format!("{name}({})", names.join(", "));
        if let Some(typed) = self.choice(name, arguments, &shown)? {
            let parts: Vec<&Typed> = arguments.iter().collect();
            return self.folded(typed, &parts);
        }
        if let Some(typed) = self.without_rows(name, &shown) {
            return Ok(typed);
        }
        let Some(function) = functions::find(name) else {
            return self.typed_function(name, arguments, shown);
        };
        let parameters = &function.parameters;
        let (least, most) = (parameters.least, parameters.types.len());
        if arguments.len() < least || arguments.len() > most {
            return Err(wrong_count(name, least, most));
        }
        let mut codes = Vec::new();
        for (argument, ty) in arguments.iter().zip(&parameters.types) {
            let ty = wanted(*ty, argument.ty);
            let argument = self.converted(argument, ty)?;
            codes.push(match ty {
                SqlType::Timestamp | SqlType::Null => self.code(&argument),
                SqlType::Date | SqlType::Time => {
                    let argument = self.converted(&argument, SqlType::Timestamp)?;
                    self.code(&argument)
                }
                _ => self.code(&argument),
            });
        }
        let code = format!("{}({})", function.sqlite_name(), codes.join(", "));
        let typed = Typed::new(code, function.result, shown);
        let parts: Vec<&Typed> = arguments.iter().collect();
        self.folded(typed, &parts)
    }

    /// Functions whose result has the type of their argument.
    fn typed_function(
        &mut self,
        name: &str,
        arguments: &[Typed],
        shown: String,
    ) -> Result<Typed, SqlError> {
        let (code, ty) = match (name, arguments) {
            ("ABS", [number]) => {
                let number = self.as_number(number)?;
                let code = self.code(&number);
                (
                    format!("h2_abs({}, {code})", type_number(number.ty)),
                    number.ty,
                )
            }
            ("TRUNCATE" | "TRUNC", [time]) if time.ty.is_temporal() => {
                let day = self.converted(time, SqlType::Date)?;
                let midnight = self.converted(&day, SqlType::Timestamp)?;
                (self.code(&midnight), SqlType::Timestamp)
            }
            ("TRUNCATE" | "TRUNC", [number, rest @ ..]) if rest.len() < 2 => {
                let number = self.converted(number, SqlType::Double)?;
                let zero = Typed::literal(SqlValue::Int(0));
                let digits = self.converted(rest.first().unwrap_or(&zero), SqlType::Int)?;
                let (number, digits) = (self.code(&number), self.code(&digits));
                let ty = type_number(SqlType::Double);
                (
                    format!("h2_truncate({ty}, {number}, {digits})"),
                    SqlType::Double,
                )
            }
            ("CONCAT", [_, _, ..]) => (self.concatenation(arguments, None)?, SqlType::Varchar),
            ("CONCAT_WS", [separator, rest @ ..]) if rest.len() > 1 => {
                (self.concatenation(rest, Some(separator))?, SqlType::Varchar)
            }
            ("ABS", _) => return Err(wrong_count(name, 1, 1)),
            _ => {
                let message = format!("Function \"{name}\" not found");
                return Err(SqlError::parse(code::FUNCTION_NOT_FOUND, message));
            }
        };
        let typed = Typed::new(code, ty, shown);
        let parts: Vec<&Typed> = arguments.iter().collect();
        self.folded(typed, &parts)
    }

    fn as_number(&mut self, value: &Typed) -> Result<Typed, SqlError> {
        match value.ty.is_number() {
            true => Ok(value.clone()),
            false => self.converted(value, SqlType::Decimal),
        }
    }

    /// Text put together, in which a null is nothing.
    fn concatenation(
        &mut self,
        parts: &[Typed],
        separator: Option<&Typed>,
    ) -> Result<String, SqlError> {
        let mut codes = Vec::new();
        for part in separator.into_iter().chain(parts) {
            let part = self.converted(part, SqlType::Varchar)?;
            codes.push(self.code(&part));
        }
        let function = if separator.is_some() {
            "concat_ws"
        } else {
            "concat"
        };
        Ok(format!("{function}({})", codes.join(", ")))
    }

    /// Functions that choose among their arguments.
    fn choice(
        &mut self,
        name: &str,
        arguments: &[Typed],
        shown: &str,
    ) -> Result<Option<Typed>, SqlError> {
        let (code, ty) = match (name, arguments) {
            ("COALESCE" | "NVL" | "IFNULL" | "ISNULL", [_, _, ..]) => {
                let (codes, ty) = self.in_common(arguments)?;
                (format!("coalesce({})", codes.join(", ")), ty)
            }
            ("GREATEST" | "LEAST", [_, _, ..]) => {
                let (codes, ty) = self.in_common(arguments)?;
                let operator = if name == "GREATEST" { ">" } else { "<" };
                (chosen(&codes, operator), ty)
            }
            ("NULLIF", [left, right]) => {
                let equal = self.compared("=", left, right)?;
                (
                    format!("CASE WHEN {equal} THEN NULL ELSE {} END", self.code(left)),
                    left.ty,
                )
            }
            ("NVL2", [tested, is_there, is_null]) => {
                let condition = format!("({} IS NOT NULL)", self.code(tested));
                self.either(&condition, is_there, is_null)?
            }
            ("CASEWHEN", [condition, is_true, is_false]) => {
                let condition = self.truth(condition)?;
                self.either(&condition, is_true, is_false)?
            }
            ("DECODE", [value, rest @ ..]) if rest.len() > 1 => self.decoded(value, rest)?,
            _ => return Ok(None),
        };
        Ok(Some(Typed::new(code, ty, shown.to_owned())))
    }

    fn either(
        &mut self,
        condition: &str,
        first: &Typed,
        second: &Typed,
    ) -> Result<(String, SqlType), SqlError> {
        let (codes, ty) = self.in_common(&[first.clone(), second.clone()])?;
        let code = format!(
            "CASE WHEN {condition} THEN {} ELSE {} END",
            codes[0], codes[1]
        );
        Ok((code, ty))
    }

    fn decoded(&mut self, value: &Typed, rest: &[Typed]) -> Result<(String, SqlType), SqlError> {
        let results = rest.chunks(2).map(|pair| pair.last().unwrap_or(value).ty);
        let ty = results.fold(SqlType::Null, SqlType::common);
        let mut text = "CASE".to_owned();
        for pair in rest.chunks(2) {
            match pair {
                [known, result] => {
                    let equal = self.compared("IS", value, known)?;
                    let result = self.converted(result, ty)?;
                    text.push_str(&format!(" WHEN {equal} THEN {}", self.code(&result)));
                }
                [other] => {
                    let other = self.converted(other, ty)?;
                    text.push_str(&format!(" ELSE {}", self.code(&other)));
                }
                _ => {}
            }
        }
        Ok((text + " END", ty))
    }

    fn in_common(&mut self, arguments: &[Typed]) -> Result<(Vec<String>, SqlType), SqlError> {
        let types = arguments.iter().map(|argument| argument.ty);
        let ty = types.fold(SqlType::Null, SqlType::common);
        let mut codes = Vec::new();
        for argument in arguments {
            let argument = self.converted(argument, ty)?;
            codes.push(self.code(&argument));
        }
        Ok((codes, ty))
    }

    /// The time, which is one for the whole statement.
    fn clock(&self, name: &str) -> Option<Typed> {
        let now = SqlValue::Timestamp(Timestamp {
            milliseconds: self.given.now,
            nanoseconds: 0,
        });
        let ty = match name {
            "CURRENT_DATE" | "CURDATE" | "TODAY" | "GETDATE" => SqlType::Date,
            "CURRENT_TIME" | "CURTIME" | "SYSTIME" | "LOCALTIME" => SqlType::Time,
            "CURRENT_TIMESTAMP" | "NOW" | "SYSDATE" | "SYSTIMESTAMP" | "LOCALTIMESTAMP" => {
                SqlType::Timestamp
            }
            _ => return None,
        };
        let value = convert(now, ty).unwrap_or(SqlValue::Null);
        Some(Typed::known(value, format!("{name}()")))
    }

    /// Functions that ask the node, or chance.
    fn without_rows(&mut self, name: &str, shown: &str) -> Option<Typed> {
        let known = |value| Some(Typed::known(value, shown.to_owned()));
        match name {
            "USER" | "CURRENT_USER" => known(SqlValue::Varchar(String::new())),
            "SCHEMA" => known(SqlValue::Varchar(self.given.schema.to_owned())),
            "DATABASE" => known(SqlValue::Varchar("PORTWAY".to_owned())),
            "H2VERSION" => known(SqlValue::Varchar("1.4.197".to_owned())),
            "RANDOM_UUID" | "UUID" | "SYS_GUID" => known(SqlValue::Uuid(Uuid::new_v4())),
            "RAND" | "RANDOM" => {
                // The random number of SQLite is 64 bits with sign.
                let code = "((random() / 18446744073709551616.0) + 0.5)".to_owned();
                Some(Typed::new(code, SqlType::Double, shown.to_owned()))
            }
            _ => None,
        }
    }

    /// DATEADD and DATEDIFF, whose first argument is the name of a unit.
    fn with_unit(&mut self, name: &str, arguments: &[&Expr]) -> Result<Option<Typed>, SqlError> {
        let adds = matches!(name, "DATEADD" | "TIMESTAMPADD");
        if !adds && !matches!(name, "DATEDIFF" | "TIMESTAMPDIFF") {
            return Ok(None);
        }
        let [unit, first, second] = arguments else {
            return Err(wrong_count(name, 3, 3));
        };
        let shown = unit_name(unit);
        let unit = Unit::named(&shown).ok_or_else(|| {
            SqlError::parse(
                90_008,
                format!("Invalid value \"{shown}\" for parameter \"date part\""),
            )
        })?;
        let first = self.expression(first)?;
        let second = self.expression(second)?;
        if !adds {
            return self
                .date_difference(unit, name, &shown, &first, &second)
                .map(Some);
        }
        let count = self.converted(&first, SqlType::BigInt)?;
        let ty = temporal_type(second.ty);
        let time = self.converted(&second, ty)?;
        let (count, time) = (self.code(&count), self.code(&time));
        let code = format!(
            "h2_dateadd({}, {count}, {}, {time})",
            unit_number(unit),
            type_number(ty)
        );
        let name = format!("{name}('{shown}', {}, {})", first.name, second.name);
        let ty = later_type(unit, ty);
        let typed = Typed::new(code, ty, name);
        self.folded(typed, &[&first, &second]).map(Some)
    }
}

/// Hours added to a date make a timestamp.
fn later_type(unit: Unit, ty: SqlType) -> SqlType {
    let within_day = matches!(
        unit,
        Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond
    );
    match ty {
        SqlType::Date if within_day => SqlType::Timestamp,
        other => other,
    }
}

fn unit_name(unit: &Expr) -> String {
    match unit {
        Expr::Value(value) => value.value.clone().into_string().unwrap_or_default(),
        other => other.to_string(),
    }
    .to_uppercase()
}

/// A time is given to functions of times in its own type, text as a timestamp.
fn wanted(parameter: SqlType, argument: SqlType) -> SqlType {
    match parameter {
        SqlType::Timestamp => temporal_type(argument),
        other => other,
    }
}

fn chosen(codes: &[String], operator: &str) -> String {
    let mut codes = codes.iter();
    let first = codes.next().cloned().unwrap_or_default();
    codes.fold(first, |best, next| {
        format!(
            "CASE WHEN {next} IS NULL THEN {best} WHEN {best} IS NULL OR {next} {operator} {best} \
             THEN {next} ELSE {best} END"
        )
    })
}

fn wrong_count(name: &str, least: usize, most: usize) -> SqlError {
    let expected = if least == most {
        least.to_string()
    } else {
        format!("{least}..{most}")
    };
    let message = format!("Invalid parameter count for \"{name}\", expected count: \"{expected}\"");
    SqlError::parse(code::PARAMETER_COUNT, message)
}
