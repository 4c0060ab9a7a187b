//! Words and signs before they are read as a statement: what H2 does not know is refused, and what
//! the parser spells otherwise than H2 is written as the parser wants it.

mod refused;
mod respelled;
mod table_functions;

pub(crate) use table_functions::{DISTINCT_TABLE_FUNCTION, TABLE_FUNCTION};

use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::dialect::IgniteDialect;
use super::syntax_error;
use crate::sql::error::SqlError;
use refused::{is_foreign, only_one_statement, refuse_long_chains};
use respelled::{
    begins_with_a_list, free_array_types, free_column_names, free_names, with_trims,
    without_last_commas,
};
use table_functions::with_table_functions;

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
    let mut tokens = with_trims(&with_table_functions(&tokens));
    free_array_types(&mut tokens);
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
