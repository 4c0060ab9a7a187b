//! Words and signs before they are read as a statement: what H2 does not know is refused, and what
//! the parser spells otherwise than H2 is written as the parser wants it.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::dialect::IgniteDialect;
use super::hints::without_index_hints;
use super::syntax_error;
use crate::sql::error::{SqlError, state};

/// The function that stands for H2's `TABLE(name type = values, ...)`: the parser has none of it.
pub(crate) const TABLE_FUNCTION: &str = "H2_TABLE";
/// As [`TABLE_FUNCTION`], without rows that are there already.
pub(crate) const DISTINCT_TABLE_FUNCTION: &str = "H2_TABLE_DISTINCT";

/// How many words and signs may follow each other without a comma or a parenthesis. Operators bind
/// to the left, so that a chain of them is a tree as deep as the chain is long, and what walks over
/// the tree or drops it needs stack for each of them.
const LONGEST_CHAIN: usize = 4096;
/// How many queries may be set side by side, for the same reason. SQLite takes no more.
const MOST_SET_OPERATIONS: usize = 500;

/// The words and signs of one statement, and how many arguments it wants.
pub(super) fn tokens(sql: &str) -> Result<(Vec<Token>, usize), SqlError> {
    let tokens = Tokenizer::new(&IgniteDialect, sql).tokenize();
    let tokens = tokens.map_err(|error| syntax_error(sql, &error.to_string()))?;
    let mut numbers = hexadecimal_numbers(sql).into_iter();
    let mut tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .map(|token| match token {
            Token::HexStringLiteral(_) => numbers.next().flatten().unwrap_or(token),
            token => token,
        })
        .collect();
    only_one_statement(sql, &mut tokens)?;
    if let Some(foreign) = tokens.iter().find(|token| is_foreign(token)) {
        return Err(syntax_error(sql, &format!("found: {foreign}")));
    }
    refuse_long_chains(&tokens)?;
    let places = number_places(&mut tokens);
    free_names(&mut tokens);
    free_column_names(&mut tokens);
    if begins_with_a_list(&tokens) {
        tokens = without_last_commas(tokens);
    }
    let tokens = without_index_hints(tokens);
    let tokens = with_trims(&with_table_functions(&tokens));
    Ok((tokens, places))
}

/// For each literal of hexadecimal digits in a text the number that it is, where it begins with `0x`:
/// the tokenizer gives both kinds alike.
fn hexadecimal_numbers(sql: &str) -> Vec<Option<Token>> {
    if !sql.contains("0x") {
        return Vec::new();
    }
    let tokens = Tokenizer::new(&IgniteDialect, sql).tokenize_with_location();
    let number = |token: TokenWithSpan| {
        let Token::HexStringLiteral(digits) = token.token else {
            return None;
        };
        let start = token.span.start;
        let line = sql
            .lines()
            .nth(usize::try_from(start.line).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(start.column).ok()?.checked_sub(1)?;
        let is_number = line.chars().nth(column) == Some('0');
        let number = match digits.as_str() {
            "" => Some(0),
            digits => u128::from_str_radix(digits, 16).ok(),
        };
        let number = number.filter(|_| is_number).map(|number| {
            // What is no INT is a DECIMAL, as with an exponent.
            let exponent = if i32::try_from(number).is_ok() {
                ""
            } else {
                "e0"
            };
            Token::Number(format!("{number}{exponent}"), false)
        });
        Some(number)
    };
    tokens
        .unwrap_or_default()
        .into_iter()
        .filter_map(number)
        .collect()
}

fn refuse_long_chains(tokens: &[Token]) -> Result<(), SqlError> {
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

fn only_one_statement(sql: &str, tokens: &mut Vec<Token>) -> Result<(), SqlError> {
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

/// Whether H2 allows a comma behind the last column or value of what follows.
fn begins_with_a_list(tokens: &[Token]) -> bool {
    let keyword = |place: usize| match tokens.get(place) {
        Some(Token::Word(word)) => word.keyword,
        _ => Keyword::NoKeyword,
    };
    matches!(
        (keyword(0), keyword(1)),
        (Keyword::INSERT | Keyword::MERGE, _) | (Keyword::CREATE, Keyword::TABLE)
    )
}

/// Takes the comma before a closing parenthesis out of lists that are in no others.
fn without_last_commas(tokens: Vec<Token>) -> Vec<Token> {
    let mut depth = 0_usize;
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            Token::LParen => depth += 1,
            Token::RParen => {
                if depth == 1 && kept.last() == Some(&Token::Comma) {
                    kept.pop();
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        kept.push(token);
    }
    kept
}

/// Whether H2 has nothing that is written so.
fn is_foreign(token: &Token) -> bool {
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

/// Gives each `?` its number, in the order of the text.
fn number_places(tokens: &mut [Token]) -> usize {
    let mut count = 0;
    for token in tokens {
        if let Token::Placeholder(place) = token {
            if place == "?" {
                count += 1;
                *place = format!("?{count}");
            } else if let Ok(number) = place.trim_start_matches('?').parse::<usize>() {
                count = count.max(number);
            }
        }
    }
    count
}

/// Words that `sqlparser` keeps for itself and H2 has as functions are plain names before `(`.
fn free_names(tokens: &mut [Token]) {
    for place in 1..tokens.len() {
        if tokens[place] == Token::LParen
            && let Token::Word(word) = &mut tokens[place - 1]
            && matches!(
                word.keyword,
                Keyword::USER | Keyword::CURRENT_USER | Keyword::SESSION_USER
            )
        {
            word.keyword = Keyword::NoKeyword;
        }
    }
}

/// Words that begin an index or a constraint in other databases' definitions are names of columns.
fn free_column_names(tokens: &mut [Token]) {
    if !is_keyword(tokens.first(), Keyword::CREATE) {
        return;
    }
    for place in 1..tokens.len() {
        if matches!(tokens[place - 1], Token::LParen | Token::Comma)
            && let Token::Word(word) = &mut tokens[place]
            && matches!(
                word.keyword,
                Keyword::KEY | Keyword::INDEX | Keyword::FULLTEXT | Keyword::SPATIAL
            )
        {
            word.keyword = Keyword::NoKeyword;
        }
    }
}

fn is_keyword(token: Option<&Token>, keyword: Keyword) -> bool {
    matches!(token, Some(Token::Word(word)) if word.quote_style.is_none() && word.keyword == keyword)
}

/// Writes the forms of TRIM that the parser does not read: `TRIM(x FROM y)`, `TRIM(BOTH FROM y)`.
fn with_trims(tokens: &[Token]) -> Vec<Token> {
    let mut written = Vec::with_capacity(tokens.len());
    for (place, token) in tokens.iter().enumerate() {
        written.push(token.clone());
        let opens = *token == Token::LParen
            && place > 0
            && is_keyword(tokens.get(place - 1), Keyword::TRIM);
        let has_side = |place: usize| {
            [Keyword::LEADING, Keyword::TRAILING, Keyword::BOTH]
                .iter()
                .any(|side| is_keyword(tokens.get(place), *side))
        };
        if opens && !has_side(place + 1) && has_from(&tokens[place + 1..]) {
            written.push(Token::make_keyword("BOTH"));
        }
        let is_side = has_side(place)
            && place > 1
            && tokens[place - 1] == Token::LParen
            && is_keyword(tokens.get(place - 2), Keyword::TRIM);
        if is_side && is_keyword(tokens.get(place + 1), Keyword::FROM) {
            written.push(Token::SingleQuotedString(" ".to_owned()));
        }
    }
    written
}

/// Whether FROM stands in what is open, not in something nested.
fn has_from(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    for token in tokens {
        match token {
            Token::LParen => depth += 1,
            Token::RParen if depth == 0 => return false,
            Token::RParen => depth -= 1,
            token if depth == 0 && is_keyword(Some(token), Keyword::FROM) => return true,
            _ => {}
        }
    }
    false
}

/// Writes `TABLE(x INT = values, ...)` as `H2_TABLE(x => CAST(values AS INT), ...)`.
fn with_table_functions(tokens: &[Token]) -> Vec<Token> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str) -> String {
        let (tokens, _) = tokens(sql).unwrap();
        let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        words.join(" ")
    }

    #[test]
    fn a_table_function_becomes_a_call_with_names() {
        assert_eq!(
            rewritten("SELECT * FROM TABLE(x INT=(1,2), y VARCHAR=?) t"),
            "SELECT * FROM H2_TABLE ( x => CAST ( ( 1 , 2 ) AS INT ) , \
             y => CAST ( ?1 AS VARCHAR ) ) t"
        );
        assert_eq!(rewritten("DROP TABLE (x)"), "DROP TABLE ( x )");
    }

    #[test]
    fn trims_get_the_side_that_they_leave_out() {
        assert_eq!(rewritten("TRIM(a FROM b)"), "TRIM ( BOTH a FROM b )");
        assert_eq!(rewritten("TRIM(BOTH FROM b)"), "TRIM ( BOTH ' ' FROM b )");
        assert_eq!(
            rewritten("TRIM(LEADING a FROM b)"),
            "TRIM ( LEADING a FROM b )"
        );
        assert_eq!(rewritten("TRIM(b)"), "TRIM ( b )");
    }

    #[test]
    fn what_h2_cannot_read_is_refused() {
        for sql in [
            "SELECT 1 == 1",
            "SELECT N'x'",
            "SELECT :x",
            "SELECT [1]",
            "SELECT 1 & 2",
        ] {
            assert!(tokens(sql).is_err(), "{sql}");
        }
        assert!(tokens("SELECT 1;;").is_err());
        assert_eq!(tokens("SELECT ?, ?;").unwrap().1, 2);
    }
}
