//! Functions that are tables: SYSTEM_RANGE and TABLE.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFunctionArgs,
};

use super::scope::{SourceColumn, SourceTable, normal, parts};
use super::{Bound, Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::parse::{DISTINCT_TABLE_FUNCTION, TABLE_FUNCTION, sql_type};
use crate::sql::text::{in_message, to_literal};
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;

impl Translator<'_> {
    pub(super) fn table_function(
        &mut self,
        name: &ObjectName,
        arguments: &TableFunctionArgs,
        alias: Option<&TableAlias>,
    ) -> Result<String, SqlError> {
        let name = parts(name).pop().unwrap_or_default();
        match name.as_str() {
            "SYSTEM_RANGE" => self.range(name, arguments, alias),
            TABLE_FUNCTION => self.table_of_lists(arguments, alias, ""),
            DISTINCT_TABLE_FUNCTION => self.table_of_lists(arguments, alias, "DISTINCT "),
            _ => Err(SqlError::parse(
                code::FUNCTION_NOT_FOUND,
                format!("Function \"{name}\" not found"),
            )),
        }
    }

    /// `TABLE(x INT = (1, 2), ...)`: a column for each list, nulls where one is shorter.
    fn table_of_lists(
        &mut self,
        arguments: &TableFunctionArgs,
        alias: Option<&TableAlias>,
        set: &str,
    ) -> Result<String, SqlError> {
        let mut lists = Vec::new();
        for argument in &arguments.args {
            lists.push(self.list(argument)?);
        }
        let longest = lists.iter().map(|(_, _, values)| values.len()).max();
        let mut rows = Vec::new();
        for row in 0..longest.unwrap_or(0) {
            let mut cells = Vec::new();
            for (_, _, values) in &lists {
                cells.push(match values.get(row) {
                    Some(value) => self.cell_of_list(value),
                    None => "NULL".to_owned(),
                });
            }
            rows.push(format!("({})", cells.join(", ")));
        }
        let rows = match rows.is_empty() {
            true => {
                let nulls = vec!["NULL"; lists.len()].join(", ");
                format!("SELECT * FROM (VALUES ({nulls})) WHERE 0")
            }
            false => format!("SELECT {set}* FROM (VALUES {})", rows.join(", ")),
        };
        let written = self.alias();
        let columns = lists.into_iter().enumerate();
        let columns = columns.map(|(number, (name, ty, _))| SourceColumn {
            name,
            // What SQLite calls the columns of VALUES.
            code: format!("{written}.column{}", number + 1),
            ty,
            scale: None,
            is_hidden: false,
        });
        let source = SourceTable {
            schema: None,
            name: alias.map_or_else(|| "TABLE".to_owned(), |alias| normal(&alias.name)),
            is_renamed: alias.is_some(),
            columns: columns.collect(),
        };
        self.innermost().tables.push(source);
        Ok(format!("({rows}) AS {written}"))
    }

    /// Whole numbers are written out: a statement has places for some thousands of values alone.
    fn cell_of_list(&mut self, value: &Typed) -> String {
        let number = match value.bound().map(Bound::value) {
            Some(SqlValue::Int(number)) => Some(i64::from(*number)),
            Some(SqlValue::BigInt(number)) => Some(*number),
            _ => None,
        };
        match number {
            Some(number) => number.to_string(),
            None => self.code(value),
        }
    }

    /// The name, the type and the values of one list.
    fn list(&mut self, argument: &FunctionArg) -> Result<(String, SqlType, Vec<Typed>), SqlError> {
        let FunctionArg::Named {
            name,
            arg:
                FunctionArgExpr::Expr(Expr::Cast {
                    expr, data_type, ..
                }),
            ..
        } = argument
        else {
            return Err(SqlError::unsupported("this argument of TABLE"));
        };
        let (ty, ..) = sql_type(data_type)?;
        let values = match expr.as_ref() {
            Expr::Tuple(values) => values.iter().map(|value| self.expression(value)).collect(),
            one => self.values_of_list(one),
        };
        let name = normal(&Ident::clone(name));
        let shown = format!("{name} {data_type}").to_uppercase();
        let mut converted = Vec::new();
        for value in values? {
            let cell = self.converted(&value, ty);
            converted.push(cell.map_err(|error| not_of_column(error, &value, &shown))?);
        }
        Ok((name, ty, converted))
    }

    /// An array stands for its elements, null for none.
    fn values_of_list(&mut self, list: &Expr) -> Result<Vec<Typed>, SqlError> {
        let list = self.expression(list)?;
        let is_constant = list.is_constant();
        Ok(match self.known_value(&list) {
            Some(SqlValue::Null) => Vec::new(),
            Some(SqlValue::Array(array)) => {
                let element = |value| Typed {
                    is_constant,
                    ..Typed::literal(value)
                };
                array.elements.into_iter().map(element).collect()
            }
            None if list.ty.is_coded() => {
                return Err(SqlError::unsupported("a list that is no constant"));
            }
            _ => vec![list],
        })
    }

    /// SYSTEM_RANGE: whole numbers from one to another.
    fn range(
        &mut self,
        name: String,
        arguments: &TableFunctionArgs,
        alias: Option<&TableAlias>,
    ) -> Result<String, SqlError> {
        let mut bounds = Vec::new();
        for argument in &arguments.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = argument else {
                return Err(SqlError::unsupported("this argument of SYSTEM_RANGE"));
            };
            bounds.push(self.bound(argument)?);
        }
        let (from, to, step) = match bounds.as_slice() {
            [from, to] => (from, to, "1"),
            [from, to, step] => (from, to, step.as_str()),
            _ => return Err(SqlError::unsupported("SYSTEM_RANGE with so many arguments")),
        };
        let written = self.alias();
        let source = SourceTable {
            schema: None,
            name: alias.map_or(name, |alias| normal(&alias.name)),
            is_renamed: alias.is_some(),
            columns: vec![SourceColumn {
                name: "X".to_owned(),
                code: format!("{written}.c0"),
                ty: SqlType::BigInt,
                scale: None,
                is_hidden: false,
            }],
        };
        self.innermost().tables.push(source);
        Ok(format!(
            "(WITH RECURSIVE r(c0) AS (SELECT {from} WHERE {from} <= {to} UNION ALL \
             SELECT c0 + {step} FROM r WHERE c0 + {step} <= {to}) SELECT c0 FROM r) AS {written}"
        ))
    }

    fn bound(&mut self, expression: &Expr) -> Result<String, SqlError> {
        let typed = self.expression(expression)?;
        let typed = self.converted(&typed, SqlType::BigInt)?;
        match self.known_value(&typed) {
            Some(SqlValue::BigInt(number)) => Ok(number.to_string()),
            _ => Err(SqlError::unsupported("a range that is no constant")),
        }
    }
}

/// H2 shows the value and the column that does not take it.
fn not_of_column(error: SqlError, value: &Typed, column: &str) -> SqlError {
    let shown = value.bound().map(Bound::value).map(to_literal);
    let told = shown.map(|shown| {
        format!(
            "Data conversion error converting {}",
            in_message(&format!("{shown} ({column})"))
        )
    });
    match (error, told) {
        (
            SqlError::Parse {
                code: code::DATA_CONVERSION,
                ..
            },
            Some(message),
        ) => SqlError::parse(code::DATA_CONVERSION, message),
        (
            SqlError::Execution {
                code: code::DATA_CONVERSION,
                ..
            },
            Some(message),
        ) => SqlError::of_h2(code::DATA_CONVERSION, &message),
        (error, _) => error,
    }
}
