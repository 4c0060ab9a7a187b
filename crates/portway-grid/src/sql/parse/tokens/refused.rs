//! Texts that are refused before they are read as a statement.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::sql::error::{SqlError, state};

/// How many words and signs may follow each other without a comma or a parenthesis. Operators bind
/// to the left, so that a chain of them is a tree as deep as the chain is long, and what walks over
/// the tree or drops it needs stack for each of them.
const LONGEST_CHAIN: usize = 4096;
/// How many queries may be set side by side, for the same reason. SQLite takes no more.
const MOST_SET_OPERATIONS: usize = 500;

pub(super) fn refuse_long_chains(tokens: &[Token]) -> Result<(), SqlError> {
    let mut lengths = vec![0_usize];
    let mut set_operations = 0;
    for token in tokens {
        match token {
            Token::LParen => lengths.push(0),
            Token::RParen if lengths.len() > 1 => drop(lengths.pop()),
            Token::Comma => *lengths.last_mut().unwrap_or(&mut 0) = 0,
            Token::Word(word) => {
                let sets = [
                    Keyword::UNION,
                    Keyword::EXCEPT,
                    Keyword::INTERSECT,
                    Keyword::MINUS,
                ];
                set_operations += usize::from(sets.contains(&word.keyword));
            }
            _ => {}
        }
        if let Some(length) = lengths.last_mut() {
            *length += 1;
        }
        if lengths.last() > Some(&LONGEST_CHAIN) || set_operations > MOST_SET_OPERATIONS {
            return Err(SqlError::unsupported("statements nested so deep"));
        }
    }
    Ok(())
}

pub(super) fn only_one_statement(sql: &str, tokens: &mut Vec<Token>) -> Result<(), SqlError> {
    if matches!(tokens.as_slice(), [] | [Token::SemiColon]) {
        let message = format!("Failed to parse SQL statement \"[*]{sql}\": Invalid SQL query.");
        return Err(SqlError::ignite(state::INTERNAL, message));
    }
    if tokens.last() == Some(&Token::SemiColon) {
        tokens.pop();
    }
    if tokens.contains(&Token::SemiColon) {
        let message = "Multiple statements queries are not supported.";
        return Err(SqlError::ignite(state::UNSUPPORTED, message));
    }
    Ok(())
}

/// Whether H2 has nothing that is written so.
pub(super) fn is_foreign(token: &Token) -> bool {
    match token {
        Token::Placeholder(place) => !place.starts_with(['?', '$']),
        Token::DoubleEq
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::Colon
        | Token::Caret
        | Token::Ampersand
        | Token::Pipe
        | Token::ShiftLeft
        | Token::ShiftRight
        | Token::LBracket
        | Token::RBracket
        | Token::Spaceship => true,
        Token::Word(word) => word.quote_style.is_none() && word.value.eq_ignore_ascii_case("OVER"),
        _ => false,
    }
}
