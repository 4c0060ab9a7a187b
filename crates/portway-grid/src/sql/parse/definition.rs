//! Definitions of tables, columns and indexes.

use sqlparser::ast::{ColumnDef, ColumnOption, DataType, Expr, ObjectName, TableConstraint};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::{Statement, end, parser, refused, syntax_error};
use crate::sql::error::{SqlError, state};
use crate::sql::translate::{normal, parts};
use crate::sql::types::SqlType;

/// A column that is to be.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    pub(crate) ty: SqlType,
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
    /// What WITH says: names in upper case and values as they are.
    pub(crate) parameters: Vec<(String, String)>,
}

/// DROP TABLE.
#[derive(Debug)]
pub(crate) struct DropTable {
    pub(crate) name: Vec<String>,
    pub(crate) if_exists: bool,
}

/// ALTER TABLE.
#[derive(Debug)]
pub(crate) struct AlterTable {
    pub(crate) name: Vec<String>,
    pub(crate) if_exists: bool,
    pub(crate) change: Alteration,
}

/// What is to be changed.
#[derive(Debug)]
pub(crate) enum Alteration {
    Add {
        columns: Vec<ColumnDefinition>,
        if_not_exists: bool,
    },
    Drop {
        columns: Vec<String>,
        if_exists: bool,
    },
    /// LOGGING and NOLOGGING.
    Logging,
}

/// CREATE INDEX.
#[derive(Debug)]
pub(crate) struct CreateIndex {
    pub(crate) name: Option<String>,
    pub(crate) if_not_exists: bool,
    pub(crate) table: Vec<String>,
    pub(crate) columns: Vec<(String, bool)>,
    pub(crate) inline_size: Option<i32>,
}

/// DROP INDEX.
#[derive(Debug)]
pub(crate) struct DropIndex {
    pub(crate) name: Vec<String>,
    pub(crate) if_exists: bool,
}

type Parsed<T> = Result<T, ParserError>;

fn whole(
    sql: &str,
    tokens: Vec<Token>,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<Result<Statement, SqlError>>,
) -> Result<Statement, SqlError> {
    let mut parser = parser(tokens);
    // The two words that brought us here.
    parser.next_token();
    parser.next_token();
    let statement = read(&mut parser).map_err(|error| refused(sql, &error))??;
    end(sql, &mut parser)?;
    Ok(statement)
}

fn name(parser: &mut Parser<'_>) -> Parsed<Vec<String>> {
    let name: ObjectName = parser.parse_object_name(false)?;
    Ok(parts(&name))
}

pub(super) fn create_table(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_not_exists = if_not_exists(parser);
        let name = name(parser)?;
        let (columns, constraints) = parser.parse_columns()?;
        let parameters = parameters(parser);
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

fn if_not_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS])
}

fn if_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS])
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
            let message = "Too many constraints - only PRIMARY KEY is supported for CREATE TABLE";
            return Err(SqlError::ignite(state::UNSUPPORTED, message));
        };
        for column in &primary.columns {
            match &column.column.expr {
                Expr::Identifier(ident) => key.push(normal(ident)),
                other => return Err(syntax_error(sql, &format!("found: {other}"))),
            }
        }
    }
    Ok((defined, key))
}

fn column_of(column: &ColumnDef) -> Result<(ColumnDefinition, bool), SqlError> {
    let (ty, precision, scale) = sql_type(&column.data_type)?;
    let mut definition = ColumnDefinition {
        name: normal(&column.name),
        ty,
        precision,
        scale,
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
            _ => {
                let message = "Only PRIMARY KEY, NOT NULL and DEFAULT are supported for columns";
                return Err(SqlError::ignite(state::UNSUPPORTED, message));
            }
        }
    }
    Ok((definition, is_key))
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
        ty => (ty, None, None),
    })
}

/// What stands behind WITH, in quotes or without.
fn parameters(parser: &mut Parser<'_>) -> Vec<(String, String)> {
    if !parser.parse_keyword(Keyword::WITH) {
        return Vec::new();
    }
    let mut text = String::new();
    loop {
        match parser.next_token().token {
            Token::EOF => break,
            Token::Word(word) => text.push_str(&word.value),
            Token::SingleQuotedString(quoted) => text.push_str(&quoted),
            other => text.push_str(&other.to_string()),
        }
    }
    let parameter = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim().to_uppercase(), value.trim().to_owned())
    };
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .map(parameter)
        .collect()
}

pub(super) fn drop_table(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_exists = if_exists(parser);
        let name = name(parser)?;
        Ok(Ok(Statement::DropTable(DropTable { name, if_exists })))
    })
}

pub(super) fn alter_table(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_exists = if_exists(parser);
        let name = name(parser)?;
        let change = alteration(parser)?;
        Ok(change.map(|change| {
            Statement::AlterTable(AlterTable {
                name,
                if_exists,
                change,
            })
        }))
    })
}

fn alteration(parser: &mut Parser<'_>) -> Parsed<Result<Alteration, SqlError>> {
    let word = parser.next_token().to_string().to_uppercase();
    match word.as_str() {
        "ADD" => added(parser),
        "DROP" => dropped(parser).map(Ok),
        "LOGGING" | "NOLOGGING" => Ok(Ok(Alteration::Logging)),
        other => Err(ParserError::ParserError(format!("found: {other}"))),
    }
}

fn added(parser: &mut Parser<'_>) -> Parsed<Result<Alteration, SqlError>> {
    let _ = parser.parse_keyword(Keyword::COLUMN);
    let if_not_exists = if_not_exists(parser);
    let columns = if parser.peek_token().token == Token::LParen {
        parser.parse_columns()?.0
    } else {
        vec![parser.parse_column_def()?]
    };
    let columns: Result<Vec<ColumnDefinition>, SqlError> = columns
        .iter()
        .map(|column| Ok(column_of(column)?.0))
        .collect();
    Ok(columns.map(|columns| Alteration::Add {
        columns,
        if_not_exists,
    }))
}

fn dropped(parser: &mut Parser<'_>) -> Parsed<Alteration> {
    let _ = parser.parse_keyword(Keyword::COLUMN);
    let if_exists = if_exists(parser);
    let enclosed = parser.consume_token(&Token::LParen);
    let columns = parser.parse_comma_separated(Parser::parse_identifier)?;
    if enclosed {
        parser.expect_token(&Token::RParen)?;
    }
    Ok(Alteration::Drop {
        columns: columns.iter().map(normal).collect(),
        if_exists,
    })
}

pub(super) fn create_index(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_not_exists = if_not_exists(parser);
        let index = match parser.parse_keyword(Keyword::ON) {
            true => None,
            false => {
                let index = name(parser)?.pop();
                parser.expect_keyword(Keyword::ON)?;
                index
            }
        };
        let table = name(parser)?;
        parser.expect_token(&Token::LParen)?;
        let columns = parser.parse_comma_separated(index_column)?;
        parser.expect_token(&Token::RParen)?;
        Ok(Ok(Statement::CreateIndex(CreateIndex {
            name: index,
            if_not_exists,
            table,
            columns,
            inline_size: index_options(parser)?,
        })))
    })
}

fn index_column(parser: &mut Parser<'_>) -> Parsed<(String, bool)> {
    let column = parser.parse_identifier()?;
    let descending = parser.parse_keyword(Keyword::DESC);
    // Ascending is what it is without a word too.
    let _ = !descending && parser.parse_keyword(Keyword::ASC);
    Ok((normal(&column), descending))
}

/// INLINE_SIZE and PARALLEL with their numbers.
fn index_options(parser: &mut Parser<'_>) -> Parsed<Option<i32>> {
    let mut inline_size = None;
    while let Token::Word(word) = parser.peek_token().token {
        parser.next_token();
        let number = parser.parse_literal_uint()?;
        if word.value.eq_ignore_ascii_case("INLINE_SIZE") {
            inline_size = i32::try_from(number).ok();
        }
    }
    Ok(inline_size)
}

pub(super) fn drop_index(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_exists = if_exists(parser);
        let name = name(parser)?;
        Ok(Ok(Statement::DropIndex(DropIndex { name, if_exists })))
    })
}
