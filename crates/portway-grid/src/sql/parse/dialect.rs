//! What the parser takes for SQL: what H2 does, as far as it can be told to.

use std::any::TypeId;

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, GenericDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// The general dialect without what H2 refuses: trailing commas, lambdas, other databases' clauses.
#[derive(Debug)]
pub(super) struct IgniteDialect;

impl Dialect for IgniteDialect {
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        matches!(character, '"' | '`')
    }

    fn is_identifier_start(&self, character: char) -> bool {
        GenericDialect.is_identifier_start(character)
    }

    fn is_identifier_part(&self, character: char) -> bool {
        GenericDialect.is_identifier_part(character)
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }

    fn supports_limit_comma(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        true
    }

    fn supports_insert_set(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_rarrow_operator(&self) -> bool {
        true
    }

    fn supports_parenthesized_set_variables(&self) -> bool {
        true
    }

    fn supports_table_hints(&self) -> bool {
        true
    }

    fn is_table_alias(&self, keyword: &Keyword, parser: &mut Parser<'_>) -> bool {
        let is_hint = *keyword == Keyword::USE && parser.peek_keyword(Keyword::INDEX);
        !is_hint && GenericDialect.is_table_alias(keyword, parser)
    }

    /// `()` and `(1,)`: arrays of no and of one element, which the parser takes for mistakes.
    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        is_array(parser).then(|| array(parser))
    }

    fn supports_update_order_by(&self) -> bool {
        true
    }
}

/// Whether a parenthesis opens that closes at once, or behind a comma.
fn is_array(parser: &Parser<'_>) -> bool {
    let first = parser.index();
    let token = |place: usize| &parser.token_at(place).token;
    if *token(first) != Token::LParen {
        return false;
    }
    let mut depth = 0_usize;
    for place in first.. {
        match token(place) {
            Token::LParen => depth += 1,
            Token::RParen if depth == 1 => {
                return place == first + 1 || *token(place - 1) == Token::Comma;
            }
            Token::RParen => depth -= 1,
            Token::EOF => return false,
            _ => {}
        }
    }
    false
}

fn array(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let mut elements = Vec::new();
    while !parser.consume_token(&Token::RParen) {
        elements.push(parser.parse_expr()?);
        if !parser.consume_token(&Token::Comma) {
            parser.expect_token(&Token::RParen)?;
            break;
        }
    }
    Ok(Expr::Tuple(elements))
}

#[cfg(test)]
mod tests {
    use crate::sql::parse::parse;

    #[test]
    fn indexes_may_be_named_behind_a_table_and_its_alias() {
        for sql in [
            "SELECT a FROM t USE INDEX (\"_key_PK\", x) WHERE a = 1",
            "SELECT a FROM t x USE INDEX () JOIN u USE INDEX (y) ON x.a = u.a",
            "SELECT use.a FROM t use",
        ] {
            parse(sql).unwrap();
        }
        for sql in [
            "SELECT a FROM t USE INDEX (1)",
            "SELECT a FROM t USE INDEX",
            "SELECT a FROM t USE INDEX (y) x",
        ] {
            parse(sql).unwrap_err();
        }
    }
}
