//! Hints that name indexes: SQLite chooses by itself.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// The words without `USE INDEX (...)`.
pub(super) fn without_index_hints(tokens: Vec<Token>) -> Vec<Token> {
    let is_hint =
        |two: &[Token]| is_word(&two[0], Keyword::USE) && is_word(&two[1], Keyword::INDEX);
    if !tokens.windows(2).any(is_hint) {
        return tokens;
    }
    let mut kept = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        rest = match behind_hint(rest) {
            Some(behind_hint) => behind_hint,
            None => {
                kept.push(first.clone());
                behind
            }
        };
    }
    kept
}

/// What follows the hint with which the words begin.
fn behind_hint(tokens: &[Token]) -> Option<&[Token]> {
    let [first, second, Token::LParen, names @ ..] = tokens else {
        return None;
    };
    if !is_word(first, Keyword::USE) || !is_word(second, Keyword::INDEX) {
        return None;
    }
    let is_name = |token: &Token| matches!(token, Token::Word(_) | Token::Comma);
    let end = names.iter().position(|token| !is_name(token))?;
    (names[end] == Token::RParen).then(|| &names[end + 1..])
}

fn is_word(token: &Token, wanted: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == wanted && word.quote_style.is_none())
}

#[cfg(test)]
mod tests {
    use crate::sql::parse::parse;

    #[test]
    fn indexes_may_be_named() {
        for sql in [
            "SELECT a FROM t USE INDEX (\"_key_PK\", x) WHERE a = 1",
            "SELECT a FROM t x USE INDEX () JOIN u USE INDEX (y) ON x.a = u.a",
        ] {
            parse(sql).unwrap();
        }
        assert!(parse("SELECT a FROM t USE INDEX (1)").is_err());
        assert!(parse("SELECT a FROM t USE INDEX").is_err());
    }
}
