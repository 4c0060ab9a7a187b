//! CREATE TABLE: columns with their types and options, and what WITH says.

use sqlparser::ast::{ColumnDef, ColumnOption, DataType, Expr, TableConstraint};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::definition::{Parsed, if_not_exists, name, whole};
use super::{Statement, syntax_error};
use crate::sql::error::{SqlError, state};
use crate::sql::translate::normal;
use crate::sql::types::SqlType;

/// A column that is to be.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    pub(crate) ty: SqlType,
    /// The class of the field in Java.
    pub(crate) class: &'static str,
    pub(crate) precision: Option<u32>,
    pub(crate) scale: Option<u32>,
    pub(crate) not_null: bool,
    pub(crate) default: Option<Expr>,
}

/// CREATE TABLE.
#[derive(Debug)]
pub(crate) struct CreateTable {
    pub(crate) name: Vec<String>,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    pub(crate) key: Vec<String>,
    /// What WITH says, as it stands between quotes and commas.
    pub(crate) parameters: Vec<String>,
}

pub(super) fn create_table(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_not_exists = if_not_exists(parser);
        let name = name(parser)?;
        let (columns, constraints) = parser.parse_columns()?;
        let parameters = parameters(parser)?;
        if parser.parse_keyword(Keyword::AS) {
            let message = "CREATE TABLE ... AS ... syntax is not supported";
            return Ok(Err(SqlError::ignite(state::UNSUPPORTED, message)));
        }
        Ok(table_of(sql, &columns, &constraints).map(|(columns, key)| {
            Statement::CreateTable(Box::new(CreateTable {
                name,
                if_not_exists,
                columns,
                key,
                parameters,
            }))
        }))
    })
}

type Columns = (Vec<ColumnDefinition>, Vec<String>);

fn table_of(
    sql: &str,
    columns: &[ColumnDef],
    constraints: &[TableConstraint],
) -> Result<Columns, SqlError> {
    let mut key = Vec::new();
    let mut defined = Vec::new();
    for column in columns {
        let (definition, is_key) = column_of(column)?;
        if is_key {
            key.push(definition.name.clone());
        }
        defined.push(definition);
    }
    for constraint in constraints {
        let TableConstraint::PrimaryKey(primary) = constraint else {
            return Err(too_many_constraints());
        };
        for column in &primary.columns {
            match &column.column.expr {
                Expr::Identifier(ident) if key.contains(&normal(ident)) => {}
                Expr::Identifier(ident) => key.push(normal(ident)),
                other => return Err(syntax_error(sql, &format!("found: {other}"))),
            }
        }
    }
    Ok((defined, key))
}

fn too_many_constraints() -> SqlError {
    let message = "Too many constraints - only PRIMARY KEY is supported for CREATE TABLE";
    SqlError::ignite(state::UNSUPPORTED, message)
}

/// What a node says to options of columns that it does not take.
fn refused_option(column: &str, option: &ColumnOption) -> SqlError {
    let message = match option {
        ColumnOption::Unique(_) | ColumnOption::ForeignKey(_) => return too_many_constraints(),
        ColumnOption::Check(_) => {
            format!("Column CHECK constraints are not supported [colName={column}]")
        }
        ColumnOption::Generated { .. } => {
            format!("Computed columns are not supported [colName={column}]")
        }
        _ => format!("AUTO_INCREMENT columns are not supported [colName={column}]"),
    };
    SqlError::ignite(state::UNSUPPORTED, message)
}

pub(super) fn column_of(column: &ColumnDef) -> Result<(ColumnDefinition, bool), SqlError> {
    let ty = column.data_type.to_string().to_ascii_uppercase();
    if matches!(ty.as_str(), "IDENTITY" | "BIGSERIAL" | "SERIAL") {
        let name = normal(&column.name);
        return Err(refused_option(
            &name,
            &ColumnOption::DialectSpecific(Vec::new()),
        ));
    }
    let (ty, class, precision, scale) = match locator_class(&ty) {
        Some(class) => (SqlType::Object, class, None, None),
        None => {
            let (ty, precision, scale) = sql_type(&column.data_type)?;
            (ty, ty.java_class(), precision, scale)
        }
    };
    let mut definition = ColumnDefinition {
        name: normal(&column.name),
        ty,
        class,
        precision,
        // The digits of a timestamp's fraction are for casts alone.
        scale: scale.filter(|_| ty == SqlType::Decimal),
        not_null: false,
        default: None,
    };
    let mut is_key = false;
    for option in &column.options {
        match &option.option {
            ColumnOption::Null => {}
            ColumnOption::NotNull => definition.not_null = true,
            ColumnOption::Default(value) => definition.default = Some(value.clone()),
            ColumnOption::PrimaryKey(_) => is_key = true,
            ColumnOption::Comment(_) => {}
            other => return Err(refused_option(&definition.name, other)),
        }
    }
    Ok((definition, is_key))
}

/// The class of a column whose values stay at a server: one can declare it, and clients have no value
/// for it.
fn locator_class(ty: &str) -> Option<&'static str> {
    Some(match ty.split('(').next().unwrap_or_default().trim() {
        "ARRAY" => "java.sql.Array",
        "BLOB" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "IMAGE" => "java.sql.Blob",
        "CLOB" | "NCLOB" | "TINYTEXT" | "MEDIUMTEXT" | "LONGTEXT" | "NTEXT" => "java.sql.Clob",
        _ => return None,
    })
}

/// A type with its precision and scale.
pub(crate) fn sql_type(
    data_type: &DataType,
) -> Result<(SqlType, Option<u32>, Option<u32>), SqlError> {
    let text = data_type.to_string().to_uppercase();
    let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
    let name = name
        .trim()
        .replace("CHARACTER VARYING", "VARCHAR")
        .replace("CHAR VARYING", "VARCHAR");
    let name = name.split(" WITH").next().unwrap_or_default().trim();
    let ty = SqlType::named(name)
        .ok_or_else(|| SqlError::parse(50_004, format!("Unknown data type: \"{name}\"")))?;
    let sizes = rest.trim_end_matches(|last: char| !last.is_ascii_digit());
    let mut sizes = sizes.split(',').map(|size| size.trim().parse::<u32>().ok());
    let (precision, scale) = (sizes.next().flatten(), sizes.next().flatten());
    Ok(match ty {
        SqlType::Varchar | SqlType::Binary => (ty, precision, None),
        SqlType::Decimal => (ty, precision, scale.or(precision.map(|_| 0))),
        SqlType::Timestamp => (ty, None, precision),
        ty => (ty, None, None),
    })
}

/// What stands behind WITH: texts in quotation marks with commas between them, and in them.
fn parameters(parser: &mut Parser<'_>) -> Parsed<Vec<String>> {
    if !parser.parse_keyword(Keyword::WITH) {
        return Ok(Vec::new());
    }
    let mut parameters = Vec::new();
    loop {
        match parser.next_token().token {
            Token::Word(word) if word.quote_style.is_some() => {
                parameters.extend(word.value.split(',').map(str::to_owned));
            }
            other => return Err(ParserError::ParserError(format!("found: {other}"))),
        }
        if !parser.consume_token(&Token::Comma) {
            return Ok(parameters);
        }
    }
}
