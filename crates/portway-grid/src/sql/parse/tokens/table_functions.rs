//! `TABLE(name type = values, ...)`, which the parser has none of, as a call of a function.

use sqlparser::tokenizer::Token;

/// The function that stands for H2's `TABLE(name type = values, ...)`: the parser has none of it.
pub(crate) const TABLE_FUNCTION: &str = "H2_TABLE";
/// As [`TABLE_FUNCTION`], without rows that are there already.
pub(crate) const DISTINCT_TABLE_FUNCTION: &str = "H2_TABLE_DISTINCT";

/// Writes `TABLE(x INT = values, ...)` as `H2_TABLE(x => CAST(values AS INT), ...)`.
pub(super) fn with_table_functions(tokens: &[Token]) -> Vec<Token> {
    let mut written = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((token, behind)) = rest.split_first() {
        let function = table_function(token).filter(|_| behind.first() == Some(&Token::LParen));
        match function.and_then(|name| Some((name, columns_of(behind.get(1..)?)?))) {
            Some((name, (columns, length))) => {
                written.push(Token::make_word(name, None));
                written.push(Token::LParen);
                written.extend(columns);
                rest = &behind[1 + length..];
            }
            None => {
                written.push(token.clone());
                rest = behind;
            }
        }
    }
    written
}

fn table_function(token: &Token) -> Option<&'static str> {
    let Token::Word(word) = token else {
        return None;
    };
    match word.value.to_ascii_uppercase().as_str() {
        "TABLE" => Some(TABLE_FUNCTION),
        "TABLE_DISTINCT" => Some(DISTINCT_TABLE_FUNCTION),
        _ => None,
    }
}

/// The columns up to the closing parenthesis as arguments with names, and how many tokens they were.
fn columns_of(tokens: &[Token]) -> Option<(Vec<Token>, usize)> {
    let mut written = Vec::new();
    let mut place = 0;
    loop {
        let name @ Token::Word(_) = tokens.get(place)? else {
            return None;
        };
        let equals = place
            + tokens[place..]
                .iter()
                .position(|token| *token == Token::Eq)?;
        let ty = tokens.get(place + 1..equals).filter(|ty| !ty.is_empty())?;
        let end = equals + 1 + length_of_value(&tokens[equals + 1..])?;
        written.extend([name.clone(), Token::RArrow]);
        written.extend([Token::make_keyword("CAST"), Token::LParen]);
        written.extend_from_slice(&tokens[equals + 1..end]);
        written.push(Token::make_keyword("AS"));
        written.extend_from_slice(ty);
        written.push(Token::RParen);
        if tokens[end] == Token::RParen {
            return Some((written, end));
        }
        written.push(Token::Comma);
        place = end + 1;
    }
}

/// How many tokens there are up to the comma or parenthesis that ends a value.
fn length_of_value(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token {
        Token::LParen => {
            depth += 1;
            false
        }
        Token::RParen if depth > 0 => {
            depth -= 1;
            false
        }
        Token::RParen | Token::Comma => depth == 0,
        _ => false,
    })
}
