//! Functions that are tables: SYSTEM_RANGE and TABLE.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFunctionArgs, Value,
};

use super::scope::{SourceColumn, SourceTable, normal, parts};
use super::{Translator, Typed};
use crate::sql::error::{SqlError, code};
use crate::sql::parse::{DISTINCT_TABLE_FUNCTION, TABLE_FUNCTION, sql_type};
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
            TABLE_FUNCTION => self.table_of_lists(arguments, alias, "UNION ALL"),
            DISTINCT_TABLE_FUNCTION => self.table_of_lists(arguments, alias, "UNION"),
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
        union: &str,
    ) -> Result<String, SqlError> {
        let mut lists = Vec::new();
        for argument in &arguments.args {
            lists.push(self.list(argument)?);
        }
        let rows = lists.iter().map(|(_, _, values)| values.len()).max();
        let mut selects = Vec::new();
        for row in 0..rows.unwrap_or(0) {
            let mut cells = Vec::new();
            for (number, (_, ty, values)) in lists.iter().enumerate() {
                let null = Typed::literal(SqlValue::Null);
                let value = self.converted(values.get(row).unwrap_or(&null), *ty)?;
                cells.push(format!("{} AS c{number}", self.code(&value)));
            }
            selects.push(format!("SELECT {}", cells.join(", ")));
        }
        if selects.is_empty() {
            let cells = (0..lists.len()).map(|number| format!("NULL AS c{number}"));
            let cells = cells.collect::<Vec<_>>().join(", ");
            selects.push(format!("SELECT {cells} WHERE 0"));
        }
        let written = self.alias();
        let columns = lists.into_iter().enumerate();
        let columns = columns.map(|(number, (name, ty, _))| SourceColumn {
            name,
            code: format!("{written}.c{number}"),
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
        Ok(format!(
            "({}) AS {written}",
            selects.join(&format!(" {union} "))
        ))
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
            Expr::Value(place) if matches!(place.value, Value::Placeholder(_)) => {
                self.values_of_argument(expr)
            }
            one => self.expression(one).map(|one| vec![one]),
        };
        Ok((normal(&Ident::clone(name)), ty, values?))
    }

    /// An argument that is an array stands for its elements.
    fn values_of_argument(&mut self, place: &Expr) -> Result<Vec<Typed>, SqlError> {
        let argument = self.expression(place)?;
        let elements = match self.known_value(&argument) {
            Some(SqlValue::Object(raw)) => SqlValue::elements(&raw),
            _ => None,
        };
        Ok(match elements {
            Some(elements) => elements.into_iter().map(Typed::literal).collect(),
            None => vec![argument],
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
