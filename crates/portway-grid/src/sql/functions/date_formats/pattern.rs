//! A pattern of `SimpleDateFormat`, taken apart.

/// The letters that mean something.
const LETTERS: &str = "GyMLwWDdFEuaHkKhmsSzZXY";

/// A piece of a pattern.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// A letter and how often it is repeated.
    Field(char, usize),
}

pub(super) struct Pattern {
    pub(super) pieces: Vec<Piece>,
}

impl Pattern {
    /// The pattern in a text; `None` when Java refuses it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '\'' {
                let (quoted, behind) = quoted(&rest[1..])?;
                pieces.push(Piece::Text(quoted));
                rest = behind;
                continue;
            }
            let count = rest.chars().take_while(|next| *next == first).count();
            if LETTERS.contains(first) {
                pieces.push(Piece::Field(first, count));
            } else if first.is_ascii_alphabetic() {
                return None;
            } else {
                pieces.push(Piece::Text(rest[..count * first.len_utf8()].to_owned()));
            }
            rest = &rest[count * first.len_utf8()..];
        }
        Some(Self { pieces })
    }
}

/// The text up to the closing quote, in which two quotes are one, and what is behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(behind) = text.strip_prefix('\'') {
        return Some(("'".to_owned(), behind));
    }
    let mut inside = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        inside.push_str(part);
        match behind.strip_prefix('\'') {
            Some(behind) => {
                inside.push('\'');
                rest = behind;
            }
            None => return Some((inside, behind)),
        }
    }
}
