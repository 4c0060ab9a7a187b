//! Text that means the same after it was printed and read again.

use std::{fmt, str::FromStr};

/// One line without a comment: not empty, no control characters, no `#`, no space at either end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlainText(String);

/// A text that would not survive in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected one line of text without '#'")]
pub struct PlainTextError;

impl PlainText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlainText {
    type Err = PlainTextError;

    fn from_str(text: &str) -> Result<Self, PlainTextError> {
        let breaks = |letter: char| letter.is_control() || letter == '#';
        if text.is_empty() || text.trim() != text || text.contains(breaks) {
            return Err(PlainTextError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
