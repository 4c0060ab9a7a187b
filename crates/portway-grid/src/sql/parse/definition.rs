//! Changes of tables, and indexes.

use sqlparser::ast::{ColumnDef, ObjectName};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::table::{ColumnDefinition, column_of};
use super::{Statement, end, parser, refused};
use crate::sql::error::{SqlError, state};
use crate::sql::translate::{normal, parts};

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
    /// What H2 has and Ignite does not.
    Unsupported,
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

pub(super) type Parsed<T> = Result<T, ParserError>;

pub(super) fn whole(
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

pub(super) fn name(parser: &mut Parser<'_>) -> Parsed<Vec<String>> {
    let name: ObjectName = parser.parse_object_name(false)?;
    Ok(parts(&name))
}

pub(super) fn if_not_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS])
}

pub(super) fn if_exists(parser: &mut Parser<'_>) -> bool {
    parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS])
}

pub(super) fn drop_table(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let before = if_exists(parser);
        let first = name(parser)?;
        // A node drops the first of several, and has no constraints to look at.
        while parser.consume_token(&Token::Comma) {
            name(parser)?;
        }
        // H2 takes it on either side of the names.
        let if_exists = before || if_exists(parser);
        let _ = parser.parse_one_of_keywords(&[Keyword::CASCADE, Keyword::RESTRICT]);
        Ok(Ok(Statement::DropTable(DropTable {
            name: first,
            if_exists,
        })))
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
        "DROP" if parser.parse_keyword(Keyword::CONSTRAINT) => {
            while parser.next_token().token != Token::EOF {}
            Ok(Ok(Alteration::Unsupported))
        }
        "DROP" => dropped(parser).map(Ok),
        "LOGGING" | "NOLOGGING" => Ok(Ok(Alteration::Logging)),
        "ALTER" => altered(parser),
        "RENAME" | "SET" => {
            while parser.next_token().token != Token::EOF {}
            Ok(Ok(Alteration::Unsupported))
        }
        other => Err(ParserError::ParserError(format!("found: {other}"))),
    }
}

/// ALTER COLUMN, which Ignite refuses, in two ways.
fn altered(parser: &mut Parser<'_>) -> Parsed<Result<Alteration, SqlError>> {
    let mut renames = false;
    loop {
        match parser.next_token().token {
            Token::EOF => break,
            Token::Word(word) if word.keyword == Keyword::RENAME => renames = true,
            _ => {}
        }
    }
    if renames {
        return Ok(Ok(Alteration::Unsupported));
    }
    let message = "ALTER COLUMN is not supported";
    Ok(Err(SqlError::ignite(state::UNSUPPORTED, message)))
}

/// The words that say where a new column is to stand: it stands at the end.
fn place(parser: &mut Parser<'_>) -> Option<SqlError> {
    let Token::Word(word) = parser.peek_token().token else {
        return None;
    };
    let word = word.value.to_uppercase();
    if !matches!(word.as_str(), "BEFORE" | "AFTER" | "FIRST") {
        return None;
    }
    while parser.next_token().token != Token::EOF {}
    let message = format!("{word} keyword is not supported");
    Some(SqlError::ignite(state::UNSUPPORTED, message))
}

fn added(parser: &mut Parser<'_>) -> Parsed<Result<Alteration, SqlError>> {
    let constraints = [
        Keyword::CONSTRAINT,
        Keyword::FOREIGN,
        Keyword::PRIMARY,
        Keyword::UNIQUE,
        Keyword::CHECK,
    ];
    if parser.parse_one_of_keywords(&constraints).is_some() {
        while parser.next_token().token != Token::EOF {}
        return Ok(Ok(Alteration::Unsupported));
    }
    let _ = parser.parse_keyword(Keyword::COLUMN);
    let if_not_exists = if_not_exists(parser);
    let columns = if parser.peek_token().token == Token::LParen {
        parser.parse_columns()?.0
    } else {
        vec![parser.parse_column_def()?]
    };
    if let Some(refused) = place(parser) {
        return Ok(Err(refused));
    }
    let columns: Result<Vec<ColumnDefinition>, SqlError> = columns.iter().map(new_column).collect();
    Ok(columns.map(|columns| Alteration::Add {
        columns,
        if_not_exists,
    }))
}

fn new_column(column: &ColumnDef) -> Result<ColumnDefinition, SqlError> {
    let (column, _) = column_of(column)?;
    if column.default.is_none() {
        return Ok(column);
    }
    let message = format!(
        "ALTER TABLE ADD COLUMN with DEFAULT value is not supported [col={}]",
        column.name
    );
    Err(SqlError::ignite(state::UNSUPPORTED, message))
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
    let mut seen = Vec::new();
    while let Token::Word(word) = parser.peek_token().token {
        let name = word.value.to_uppercase();
        if !matches!(name.as_str(), "INLINE_SIZE" | "PARALLEL") || seen.contains(&name) {
            return Err(ParserError::ParserError(format!("found: {name}")));
        }
        parser.next_token();
        let number = parser.parse_literal_uint()?;
        if name == "INLINE_SIZE" {
            inline_size = i32::try_from(number).ok();
        }
        seen.push(name);
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
