//! Text as statements: `sqlparser` reads queries and DML, this file and its neighbours what is
//! Ignite's own.

mod definition;
mod dialect;
mod kill;
mod table;
mod tokens;
mod user;
mod view;

pub(crate) use definition::{AlterTable, Alteration, CreateIndex, DropIndex, DropTable};
pub(crate) use kill::Kill;
pub(crate) use table::{ColumnDefinition, CreateTable, sql_type};
pub(crate) use tokens::{DISTINCT_TABLE_FUNCTION, TABLE_FUNCTION};
pub(crate) use user::UserStatement;
pub(crate) use view::{CreateView, DropView, query_of_view};

use sqlparser::ast::{self, Query, SetExpr};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use dialect::IgniteDialect;

use super::error::{SqlError, code, state};

/// The longest statement that is read.
const LONGEST: usize = 4 << 20;
/// How deep a statement may be nested.
const DEPTH: usize = 40;

/// A statement.
#[derive(Debug)]
pub(crate) enum Statement {
    Query(Box<Query>),
    Explain(Box<Query>),
    /// INSERT, or MERGE, which replaces what is there.
    Insert {
        insert: Box<ast::Insert>,
        replaces: bool,
    },
    Update(Box<ast::Update>),
    Delete(Box<ast::Delete>),
    CreateTable(Box<CreateTable>),
    DropTable(DropTable),
    AlterTable(AlterTable),
    CreateIndex(CreateIndex),
    DropIndex(DropIndex),
    CreateView(CreateView),
    DropView(DropView),
    /// Statistics are kept for SQLite's planner alone: there is nothing to do.
    Statistics,
    User(UserStatement),
    Kill(Kill),
}

impl Statement {
    /// Whether it changes what there is beside rows.
    pub(crate) fn is_definition(&self) -> bool {
        !matches!(
            self,
            Self::Query(_)
                | Self::Explain(_)
                | Self::Insert { .. }
                | Self::Update(_)
                | Self::Delete(_)
                | Self::Kill(_)
        )
    }
}

/// A statement with the number of its places for arguments.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    pub(crate) places: usize,
}

/// Reads one statement.
///
/// # Errors
/// H2's and Ignite's, for what is none or is none here.
pub(crate) fn parse(sql: &str) -> Result<Parsed, SqlError> {
    if sql.len() > LONGEST {
        return Err(SqlError::unsupported("a statement of so many bytes"));
    }
    let (tokens, places) = tokens::tokens(sql)?;
    let statement = by_first_word(sql, tokens)?;
    let places = match statement {
        // What the query wants is asked for when it is carried out.
        Statement::CreateView(_) => 0,
        _ => places,
    };
    Ok(Parsed { statement, places })
}

fn by_first_word(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    let word = |index: usize| match tokens.get(index) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_uppercase(),
        _ => String::new(),
    };
    let (first, second) = (word(0), word(1));
    match (first.as_str(), second.as_str()) {
        ("MERGE", _) => insert(sql, merge_as_insert(tokens), true),
        ("INSERT", _) => insert(sql, tokens, false),
        ("EXPLAIN", _) => explain(sql, &tokens),
        ("CREATE" | "ALTER" | "DROP", _) => define(sql, tokens, &first, &second),
        ("KILL", _) => kill::kill(sql, &tokens),
        ("SET", "STREAMING") => Err(SqlError::ignite(
            state::INTERNAL,
            "SET STREAMING command can only be executed from JDBC or ODBC driver.",
        )),
        ("ANALYZE", word) if !word.is_empty() => Ok(Statement::Statistics),
        ("REFRESH", "STATISTICS") => Ok(Statement::Statistics),
        (
            "SET" | "CALL" | "SCRIPT" | "TRUNCATE" | "COMMENT" | "USE" | "ANALYZE" | "SAVEPOINT"
            | "REPLACE" | "SHUTDOWN" | "BACKUP" | "CHECKPOINT" | "RUNSCRIPT",
            _,
        )
        | ("PREPARE", "COMMIT") => Err(unsupported(sql)),
        ("BEGIN" | "COMMIT" | "ROLLBACK" | "START" | "GRANT" | "REVOKE" | "SHOW" | "HELP", _) => {
            Err(no_command(sql, &first, &second))
        }
        ("SELECT" | "VALUES" | "WITH" | "UPDATE" | "DELETE" | "", _) => manipulation(sql, tokens),
        _ => Err(unknown_command(sql, &tokens)),
    }
}

/// Statements that begin with CREATE, ALTER or DROP.
fn define(
    sql: &str,
    mut tokens: Vec<Token>,
    first: &str,
    second: &str,
) -> Result<Statement, SqlError> {
    let refused = |message: &str| Err(SqlError::ignite(state::UNSUPPORTED, message));
    match (first, second) {
        ("CREATE", "TABLE") => table::create_table(sql, tokens),
        // Tables are cached whether one says so or not.
        ("CREATE", "CACHED") => {
            tokens.remove(1);
            table::create_table(sql, tokens)
        }
        ("CREATE", "TEMP" | "TEMPORARY" | "GLOBAL") => {
            refused("GLOBAL TEMPORARY keyword is not supported")
        }
        ("CREATE", "MEMORY") => refused("MEMORY and NOT PERSISTENT keywords are not supported"),
        ("DROP", "TABLE") => definition::drop_table(sql, tokens),
        ("DROP", "STATISTICS") => Ok(Statement::Statistics),
        ("ALTER", "TABLE") => definition::alter_table(sql, tokens),
        ("CREATE", "INDEX") => definition::create_index(sql, tokens),
        ("CREATE", "UNIQUE" | "HASH") => {
            refused("Only SPATIAL modifier is supported for CREATE INDEX")
        }
        ("CREATE", "SPATIAL") => Err(SqlError::ignite(
            state::INTERNAL,
            "Schema change operation failed: Not found factory for index type: GEOSPATIAL",
        )),
        ("DROP", "INDEX") => definition::drop_index(sql, tokens),
        ("CREATE", "VIEW") => view::create_view(sql, tokens, false),
        ("CREATE", "OR") => view::create_or_replace(sql, tokens),
        ("CREATE", "FORCE") => Err(unsupported(sql)),
        ("DROP", "VIEW") => view::drop_view(sql, tokens),
        (_, "USER") => user::user(sql, tokens),
        (_, "SCHEMA" | "SEQUENCE" | "VIEW" | "TRIGGER" | "ROLE" | "ALIAS")
        | ("CREATE", "DOMAIN" | "CONSTANT" | "LINKED")
        | ("ALTER", "INDEX")
        | ("DROP", "ALL") => Err(unsupported(sql)),
        _ => Err(unknown_command(sql, &tokens)),
    }
}

fn unsupported(sql: &str) -> SqlError {
    let message = format!("Unsupported statement: {sql}");
    SqlError::ignite(state::UNSUPPORTED, message)
}

/// What Ignite's own parser says to a command of other databases, with a mark where it gave up.
fn no_command(sql: &str, first: &str, second: &str) -> SqlError {
    let marked = match (second, sql.split_once(char::is_whitespace)) {
        ("TRANSACTION", Some((word, rest))) => format!("{word} [*]{}", rest.trim_start()),
        _ => format!("[*]{sql}"),
    };
    let message =
        format!("Failed to parse SQL statement \"{marked}\": {first} command is not supported");
    SqlError::ignite(state::UNSUPPORTED, message)
}

/// H2 prints the word in capitals, whose length in bytes may differ from that of the text.
fn unknown_command(sql: &str, tokens: &[Token]) -> SqlError {
    let sql = sql.trim_start();
    let written = match tokens.first() {
        Some(Token::Word(word)) => word.value.as_str(),
        _ => "",
    };
    let (head, tail) = match sql.strip_prefix(written) {
        Some(tail) => (written, tail),
        None => ("", sql),
    };
    let message = format!(
        "Syntax error in SQL statement \"{}[*]{tail}\"",
        head.to_uppercase()
    );
    SqlError::parse(code::SYNTAX, message)
}

fn parser(tokens: Vec<Token>) -> Parser<'static> {
    Parser::new(&IgniteDialect)
        .with_recursion_limit(DEPTH)
        .with_tokens(tokens)
}

fn manipulation(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    let mut parser = parser(tokens);
    let statement = parser
        .parse_statement()
        .map_err(|error| refused(sql, &error))?;
    end(sql, &mut parser)?;
    if has_foreign_clause(&statement) {
        return Err(syntax_error(sql, ""));
    }
    match statement {
        ast::Statement::Query(query) => Ok(of_query(query)),
        ast::Statement::Insert(insert) => Ok(Statement::Insert {
            insert: Box::new(insert),
            replaces: false,
        }),
        ast::Statement::Update(update) => Ok(Statement::Update(Box::new(update))),
        ast::Statement::Delete(delete) => Ok(Statement::Delete(Box::new(delete))),
        _ => Err(unsupported(sql)),
    }
}

/// Whether a change has a clause of other databases, which H2 cannot read.
fn has_foreign_clause(statement: &ast::Statement) -> bool {
    match statement {
        ast::Statement::Insert(insert) => insert.on.is_some() || insert.returning.is_some(),
        ast::Statement::Update(update) => update.from.is_some() || update.returning.is_some(),
        ast::Statement::Delete(delete) => delete.using.is_some() || delete.returning.is_some(),
        _ => false,
    }
}

/// A query may hold DML as its body where the parser found WITH before it.
fn of_query(query: Box<Query>) -> Statement {
    match *query.body {
        SetExpr::Insert(ast::Statement::Insert(insert)) => Statement::Insert {
            insert: Box::new(insert),
            replaces: false,
        },
        _ => Statement::Query(query),
    }
}

fn insert(sql: &str, tokens: Vec<Token>, replaces: bool) -> Result<Statement, SqlError> {
    let into = |token: &Token| matches!(token, Token::Word(word) if word.keyword == Keyword::INTO);
    if let Some(other) = tokens.get(1).filter(|token| !into(token)) {
        return Err(syntax_error(sql, &format!("found: {other}")));
    }
    match manipulation(sql, tokens)? {
        Statement::Insert { insert, .. } => Ok(Statement::Insert { insert, replaces }),
        other => Ok(other),
    }
}

/// `MERGE INTO t (...) KEY (...) VALUES` is written as an INSERT: the key is always Ignite's own.
fn merge_as_insert(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens[0] = Token::make_keyword("INSERT");
    let is_key = |token: &Token| matches!(token, Token::Word(word) if word.keyword == Keyword::KEY);
    let key = tokens
        .windows(2)
        .position(|pair| is_key(&pair[0]) && pair[1] == Token::LParen);
    if let Some(start) = key {
        let closing = tokens[start..]
            .iter()
            .position(|token| *token == Token::RParen);
        if let Some(length) = closing {
            tokens.drain(start..=start + length);
        }
    }
    tokens
}

fn explain(sql: &str, tokens: &[Token]) -> Result<Statement, SqlError> {
    let is_word = |token: &Token, wanted: &str| match token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(wanted),
        _ => false,
    };
    let skipped = tokens
        .iter()
        .take_while(|token| {
            ["EXPLAIN", "PLAN", "FOR", "ANALYZE"]
                .iter()
                .any(|wanted| is_word(token, wanted))
        })
        .count();
    match manipulation(sql, tokens[skipped..].to_vec())? {
        Statement::Query(query) => Ok(Statement::Explain(query)),
        _ => Err(SqlError::ignite(
            state::UNSUPPORTED,
            "Explains of update queries are not supported.",
        )),
    }
}

/// Refuses what is left of the text.
fn end(sql: &str, parser: &mut Parser<'_>) -> Result<(), SqlError> {
    match parser.peek_token().token {
        Token::EOF => Ok(()),
        other => Err(syntax_error(sql, &format!("found: {other}"))),
    }
}

fn refused(sql: &str, error: &ParserError) -> SqlError {
    match error {
        ParserError::RecursionLimitExceeded => SqlError::unsupported("statements nested so deep"),
        other => syntax_error(sql, &other.to_string()),
    }
}

/// H2 prints the statement with a mark where it failed; where that is is in the parser's message.
fn syntax_error(sql: &str, reason: &str) -> SqlError {
    let found = reason.rsplit_once("found: ").map(|(_, found)| found);
    let found = found.map(|found| found.split(" at Line").next().unwrap_or(found));
    let position = match found {
        Some("EOF") | None => sql.len(),
        Some(found) => sql
            .find(found)
            .map_or(sql.len(), |start| start + found.len()),
    };
    let (head, tail) = sql.split_at(position);
    let message = format!("Syntax error in SQL statement \"{head}[*]{tail}\"");
    SqlError::parse(code::SYNTAX, message)
}
