//! Calls of functions.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::expression::row_number;
use super::operators::temporal_type;
use super::scope::parts;
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::functions::units::Unit;
use crate::sql::functions::{self, to_char, type_number};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

/// What H2 says of functions of any number of arguments.
const MOST_ARGUMENTS: usize = 2_147_483_647;

const CLOCKS_WITHOUT_SCALE: [&str; 7] = [
    "CURRENT_DATE",
    "CURDATE",
    "TODAY",
    "GETDATE",
    "CURRENT_TIME",
    "CURTIME",
    "SYSTIME",
];

impl Translator<'_> {
    pub(super) fn call(&mut self, function: &Function) -> Result<Typed, SqlError> {
        if function.over.is_some() {
            return Err(SqlError::unsupported("window functions"));
        }
        let name = parts(&function.name).pop().unwrap_or_default();
        let list = match &function.args {
            FunctionArguments::List(list) => list.clone(),
            FunctionArguments::None => {
                return match self.keyword_function(&name) {
                    Some(function) => self.call_named(function, &[]),
                    None => self.column(&[name]),
                };
            }
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

    pub(super) fn call_named(
        &mut self,
        name: &str,
        arguments: &[&Expr],
    ) -> Result<Typed, SqlError> {
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
        if CLOCKS_WITHOUT_SCALE.contains(&name) && !arguments.is_empty() {
            return Err(wrong_count(name, 0, 0));
        }
        if name == "ROWNUM" && arguments.is_empty() {
            return Err(row_number());
        }
        if let ("RAND" | "RANDOM", [seed]) = (name, arguments) {
            let seed = self.converted(seed, SqlType::Int)?;
            let code = format!("h2_rand_of({})", self.code(&seed));
            return Ok(Typed::new(code, SqlType::Double, shown));
        }
        if name == "SECURE_RAND" {
            return self.random_bytes(arguments, shown);
        }
        if let Some(typed) = self.without_rows(name, &shown) {
            return Ok(typed);
        }
        if let ("SIGN" | "ABS", [value]) = (name, arguments)
            && matches!(value.ty, SqlType::Varchar | SqlType::Array)
        {
            return self.refused(&format!("{} SIGNUM", value.ty.name()), &[value]);
        }
        if let Some(typed) = self.array_function(name, arguments, &shown)? {
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
        let typed = Typed::new(code, function.result, shown.clone());
        let parts: Vec<&Typed> = arguments.iter().collect();
        let folded = self.folded(typed, &parts);
        folded.map_err(|error| divided_in(error, &shown))
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
            ("TO_CHAR", [value, rest @ ..]) if rest.len() < 3 => {
                return self.shown_in_format(value, rest, arguments, shown);
            }
            ("ADD_MONTHS", [time, count]) => {
                let count = &self.converted(count, SqlType::Int)?;
                return self.later(Unit::Month, count, time, shown);
            }
            ("ADD_MONTHS", _) => return Err(wrong_count(name, 2, 2)),
            ("DATE_TRUNC", [unit, time]) => return self.date_truncated(unit, time, &shown),
            (
                "LENGTH" | "CHAR_LENGTH" | "CHARACTER_LENGTH" | "OCTET_LENGTH" | "BIT_LENGTH",
                [value],
            ) => {
                return self.length(name, value, shown);
            }
            ("TRUNCATE_VALUE", [value, length, force]) => {
                let length = self.converted(length, SqlType::Int)?;
                let force = self.converted(force, SqlType::Boolean)?;
                let code = format!(
                    "h2_truncate_value({}, {}, {}, {})",
                    type_number(value.ty),
                    self.code(value),
                    self.code(&length),
                    self.code(&force)
                );
                (code, value.ty)
            }
            ("TRUNCATE_VALUE", _) => return Err(wrong_count(name, 3, 3)),
            ("TRUNCATE" | "TRUNC", [time]) if is_time(time.ty) => {
                let time = &self.converted(time, temporal_type(time.ty))?;
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
            ("ABS" | "LENGTH", _) => return Err(wrong_count(name, 1, 1)),
            ("DATE_TRUNC", _) => return Err(wrong_count(name, 2, 2)),
            ("TO_CHAR", _) => return Err(wrong_count(name, 1, 3)),
            ("CONCAT" | "CONCAT_WS", _) => return Err(wrong_count(name, 2, MOST_ARGUMENTS)),
            _ => {
                let message = format!("Function \"{name}\" not found");
                return Err(SqlError::parse(code::FUNCTION_NOT_FOUND, message));
            }
        };
        let typed = Typed::new(code, ty, shown);
        let parts: Vec<&Typed> = arguments.iter().collect();
        self.folded(typed, &parts)
    }

    fn shown_in_format(
        &mut self,
        value: &Typed,
        rest: &[Typed],
        arguments: &[Typed],
        shown: String,
    ) -> Result<Typed, SqlError> {
        let typed = match to_char::name_for(value.ty) {
            Some(function) => self.call_function(function, arguments)?,
            None => {
                // Whatever the format says; but nothing where it is null.
                let text = self.converted(value, SqlType::Varchar)?;
                let text = self.code(&text);
                let mut codes = Vec::new();
                for argument in rest {
                    codes.push(format!("{} IS NULL", self.code(argument)));
                }
                codes.push("0".to_owned());
                let code = format!("CASE WHEN {} THEN NULL ELSE {text} END", codes.join(" OR "));
                Typed::new(code, SqlType::Varchar, String::new())
            }
        };
        let parts: Vec<&Typed> = arguments.iter().collect();
        if typed.is_constant() {
            return Ok(typed);
        }
        self.folded(
            Typed {
                name: shown,
                ..typed
            },
            &parts,
        )
    }

    /// The length of bytes is that of the bytes, not of their digits.
    fn length(&mut self, name: &str, value: &Typed, shown: String) -> Result<Typed, SqlError> {
        let factor = match name {
            "OCTET_LENGTH" => 2,
            "BIT_LENGTH" => 16,
            _ => 1,
        };
        let code = if value.ty == SqlType::Binary {
            format!("({factor} * length({}))", self.code(value))
        } else {
            let text = self.converted(value, SqlType::Varchar)?;
            format!("({factor} * h2_units({}))", self.code(&text))
        };
        self.folded(Typed::new(code, SqlType::BigInt, shown), &[value])
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
            "h2_concat_ws"
        } else {
            "concat"
        };
        Ok(format!("{function}({})", codes.join(", ")))
    }
}

/// A time is given to functions of times in its own type, text as a timestamp.
fn wanted(parameter: SqlType, argument: SqlType) -> SqlType {
    match parameter {
        SqlType::Timestamp => temporal_type(argument),
        other => other,
    }
}

pub(super) fn wrong_count(name: &str, least: usize, most: usize) -> SqlError {
    let expected = if least == most {
        least.to_string()
    } else {
        format!("{least}..{most}")
    };
    let message = format!("Invalid parameter count for \"{name}\", expected count: \"{expected}\"");
    SqlError::parse(code::PARAMETER_COUNT, message)
}

/// What `TRUNCATE` takes for a time: text too.
fn is_time(ty: SqlType) -> bool {
    ty.is_temporal() || ty == SqlType::Varchar
}

/// A division by zero is told with the whole call.
fn divided_in(error: SqlError, shown: &str) -> SqlError {
    match error {
        SqlError::Parse {
            code: code::DIVISION_BY_ZERO,
            ..
        } => {
            let message = format!("Division by zero: \"{shown}\"");
            SqlError::parse(code::DIVISION_BY_ZERO, message)
        }
        other => other,
    }
}
