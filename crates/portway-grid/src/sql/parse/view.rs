//! CREATE VIEW and DROP VIEW. Ignite reads them itself, and a query as text alone: what is wrong with
//! it is told when somebody asks for the view. What H2 has beyond that is refused.

use sqlparser::ast::Query;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::definition::{create_index, if_exists, name, whole};
use super::dialect::IgniteDialect;
use super::{Statement, parse, syntax_error, table, unsupported};
use crate::sql::error::{SqlError, code};

/// CREATE VIEW.
#[derive(Debug)]
pub(crate) struct CreateView {
    pub(crate) name: Vec<String>,
    pub(crate) or_replace: bool,
    /// The text of the query, as it was written.
    pub(crate) query: String,
}

/// DROP VIEW.
#[derive(Debug)]
pub(crate) struct DropView {
    pub(crate) name: Vec<String>,
    pub(crate) if_exists: bool,
}

/// The query that the text of a view is; none if it cannot be one.
pub(crate) fn query_of_view(text: &str) -> Option<Box<Query>> {
    match parse(text).ok()? {
        super::Parsed {
            statement: Statement::Query(query),
            places: 0,
        } => Some(query),
        _ => None,
    }
}

/// Statements that begin with CREATE OR: H2 takes OR REPLACE before tables and indexes too, and
/// replaces none.
pub(super) fn create_or_replace(sql: &str, mut tokens: Vec<Token>) -> Result<Statement, SqlError> {
    let replaces = is_word(tokens.get(2), "REPLACE");
    let is = |word| replaces && is_word(tokens.get(3), word);
    let (view, table, index, force) = (is("VIEW"), is("TABLE"), is("INDEX"), is("FORCE"));
    if view || table || index {
        tokens.drain(1..3);
    }
    match () {
        () if view => create_view(sql, tokens, true),
        () if table => table::create_table(sql, tokens),
        () if index => create_index(sql, tokens),
        () if force => Err(unsupported(sql)),
        () => Err(syntax_error(sql, "")),
    }
}

pub(super) fn create_view(
    sql: &str,
    tokens: Vec<Token>,
    or_replace: bool,
) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let name = match is_word(Some(&parser.peek_token().token), "IF") {
            true => Vec::new(),
            false => name(parser)?,
        };
        let (next, behind) = (parser.next_token().token, parser.next_token().token);
        skip_rest(parser);
        let is_query = is_word(Some(&next), "AS") && is_word(Some(&behind), "SELECT");
        // H2 knows IF NOT EXISTS, names of columns, and other queries.
        let is_of_h2 = is_word(Some(&next), "IF")
            || next == Token::LParen
            || behind == Token::LParen
            || is_word(Some(&behind), "WITH");
        if !is_query {
            return Ok(Err(match is_of_h2 {
                true => unsupported(sql),
                false => syntax_error(sql, ""),
            }));
        }
        Ok(in_a_schema(name).and_then(|name| {
            let query = query_text(sql).ok_or_else(|| syntax_error(sql, ""))?;
            Ok(Statement::CreateView(CreateView {
                name,
                or_replace,
                query: query.to_owned(),
            }))
        }))
    })
}

pub(super) fn drop_view(sql: &str, tokens: Vec<Token>) -> Result<Statement, SqlError> {
    whole(sql, tokens, |parser| {
        let if_exists = if_exists(parser);
        let name = name(parser)?;
        let next = parser.peek_token().token;
        let of_h2 = ["CASCADE", "RESTRICT", "IF"];
        if of_h2.iter().any(|word| is_word(Some(&next), word)) {
            return Ok(Err(unsupported(sql)));
        }
        Ok(in_a_schema(name).map(|name| Statement::DropView(DropView { name, if_exists })))
    })
}

/// H2 takes the first of three names for that of a schema.
fn in_a_schema(name: Vec<String>) -> Result<Vec<String>, SqlError> {
    match name.as_slice() {
        [first, _, _, ..] => {
            let message = format!("Schema \"{first}\" not found");
            Err(SqlError::parse(code::SCHEMA_NOT_FOUND, message))
        }
        _ => Ok(name),
    }
}

fn skip_rest(parser: &mut Parser<'_>) {
    while parser.next_token().token != Token::EOF {}
}

fn is_word(token: Option<&Token>, wanted: &str) -> bool {
    match token {
        Some(Token::Word(word)) => {
            word.quote_style.is_none() && word.value.eq_ignore_ascii_case(wanted)
        }
        _ => false,
    }
}

/// What stands behind the first AS, without a semicolon in the end.
fn query_text(sql: &str) -> Option<&str> {
    let tokens = Tokenizer::new(&IgniteDialect, sql).tokenize_with_location();
    let is_space = |token: &TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    let mut tokens = tokens.ok()?.into_iter().filter(|token| !is_space(token));
    tokens.find(|token| is_word(Some(&token.token), "AS"))?;
    let start = tokens.next()?.span.start;
    let last = tokens.next_back()?;
    let end = match last.token {
        Token::SemiColon => offset(sql, last.span.start)?,
        _ => sql.len(),
    };
    Some(sql.get(offset(sql, start)?..end)?.trim_end())
}

/// The byte at a place of a text.
fn offset(sql: &str, place: Location) -> Option<usize> {
    let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let before: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let (byte, _) = sql.get(before..)?.char_indices().nth(column)?;
    Some(before + byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_view_is_kept_as_it_was_written() {
        let texts = [
            ("CREATE VIEW v AS SELECT 1", "SELECT 1"),
            (
                "CREATE VIEW \"AS\" AS\n  select  'ä;'\n AS b  ",
                "select  'ä;'\n AS b",
            ),
            ("CREATE /* ü AS */ VIEW v AS SELECT 1 ; -- end", "SELECT 1"),
            ("CREATE VIEW v AS SELECT 1 -- end", "SELECT 1 -- end"),
            ("CREATE VIEW v AS SELECT WHERE", "SELECT WHERE"),
        ];
        for (sql, text) in texts {
            let Ok(Statement::CreateView(view)) = parse(sql).map(|parsed| parsed.statement) else {
                panic!("{sql} makes no view");
            };
            assert_eq!(view.query, text);
        }
    }

    #[test]
    fn what_wants_arguments_is_no_query_of_a_view() {
        assert!(query_of_view("SELECT 1").is_some());
        for text in ["SELECT ?", "SELECT 1 +", "DELETE FROM t", ""] {
            assert!(query_of_view(text).is_none(), "{text}");
        }
    }
}
