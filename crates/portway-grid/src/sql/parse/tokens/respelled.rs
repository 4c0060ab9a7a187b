//! What H2 spells otherwise than the parser wants it.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Words that `sqlparser` keeps for itself and H2 has as functions are plain names before `(`.
pub(super) fn free_names(tokens: &mut [Token]) {
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
pub(super) fn free_column_names(tokens: &mut [Token]) {
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

/// `ARRAY` as a type, behind which the parser wants the type of the elements, is a plain name.
pub(super) fn free_array_types(tokens: &mut [Token]) {
    let has_columns = matches!(
        tokens,
        [Token::Word(first), Token::Word(second), ..]
            if matches!(first.keyword, Keyword::CREATE | Keyword::ALTER) && second.keyword == Keyword::TABLE
    );
    for place in 1..tokens.len() {
        let behind = tokens.get(place + 1);
        let is_cast =
            is_keyword(tokens.get(place - 1), Keyword::AS) || is_of_convert(tokens, place);
        let is_cast = is_cast && behind == Some(&Token::RParen);
        let is_column = has_columns && matches!(tokens[place - 1], Token::Word(_));
        if (is_cast || is_column)
            && let Token::Word(word) = &mut tokens[place]
            && word.keyword == Keyword::ARRAY
        {
            word.keyword = Keyword::NoKeyword;
        }
    }
}

/// Whether what stands at `place` is the second argument of CONVERT.
fn is_of_convert(tokens: &[Token], place: usize) -> bool {
    if tokens[place - 1] != Token::Comma || !is_keyword(tokens.get(place), Keyword::ARRAY) {
        return false;
    }
    let mut depth = 0_usize;
    for (place, token) in tokens[..place].iter().enumerate().rev() {
        match token {
            Token::RParen => depth += 1,
            Token::LParen if depth == 0 => {
                return place > 0 && is_keyword(tokens.get(place - 1), Keyword::CONVERT);
            }
            Token::LParen => depth -= 1,
            _ => {}
        }
    }
    false
}

/// Whether H2 allows a comma behind the last column or value of what follows.
pub(super) fn begins_with_a_list(tokens: &[Token]) -> bool {
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
pub(super) fn without_last_commas(tokens: Vec<Token>) -> Vec<Token> {
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

/// Writes the forms of TRIM that the parser does not read: `TRIM(x FROM y)`, `TRIM(BOTH FROM y)`.
pub(super) fn with_trims(tokens: &[Token]) -> Vec<Token> {
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

fn is_keyword(token: Option<&Token>, keyword: Keyword) -> bool {
    matches!(token, Some(Token::Word(word)) if word.quote_style.is_none() && word.keyword == keyword)
}
