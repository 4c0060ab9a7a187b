//! The text of a configuration, and places in it.

use std::ops::Range;

/// The longest text that is read, in bytes: room for a million routes.
pub const SOURCE_LIMIT: usize = 64 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A configuration's text with the name by which errors call it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    name: String,
    text: String,
}

/// A place in the text, in bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Located<T> {
    /// Where.
    pub span: Span,
    /// What.
    pub value: T,
}

impl Source {
    /// A text, under the name of the file that it was in. A byte order mark before it, which some
    /// editors write, is not part of it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len_utf8());
        }
        Self {
            name: name.into(),
            text,
        }
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a place, both from one; a column is a character.
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

impl Span {
    /// The same place as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let source = Source::new("file", "ä\nöx\n");
        assert_eq!(source.line_and_column(Span::from(0..1)), (1, 1));
        assert_eq!(source.line_and_column(Span::from(5..6)), (2, 2));
        assert_eq!(source.line_and_column(Span::from(99..99)), (3, 1));
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let source = Source::new("file", "\u{feff}{}\u{feff}");
        assert_eq!(source.text(), "{}\u{feff}");
    }
}
