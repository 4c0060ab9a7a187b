//! What the keys of a section may be: one table serves the reader and the schema.

use std::ops::RangeInclusive;

use super::words;

/// The most elements of a list: a million routes.
pub(in crate::config) const LIST_LIMIT: usize = 1 << 20;

/// One key of a section.
#[derive(Debug)]
pub(in crate::config) struct Key {
    pub(in crate::config) name: &'static str,
    /// Other names of it.
    pub(in crate::config) also: &'static [&'static str],
    pub(in crate::config) expected: Expected,
    /// What it means, for the schema.
    pub(in crate::config) about: &'static str,
}

/// What a value may be.
#[derive(Debug)]
pub(in crate::config) enum Expected {
    /// True or false.
    Flag,
    /// A whole number of these units.
    Number {
        range: RangeInclusive<u64>,
        unit: &'static str,
    },
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// One of these words or the beginning of one.
    Abbreviable(&'static [&'static str]),
    /// Any text.
    Text,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Numbers {
        range: RangeInclusive<u64>,
        unit: &'static str,
    },
    /// A list of whole numbers and ranges.
    Ranges { greatest: u64 },
    /// A whole number, a range, or a list of them; or a word.
    RangesOr { greatest: u64, word: &'static str },
    /// Anything: CNDP documents the key and does nothing with it, and why.
    Unused(&'static str),
}

/// A key of one name.
pub(in crate::config) const fn key(
    name: &'static str,
    expected: Expected,
    about: &'static str,
) -> Key {
    Key {
        name,
        also: &[],
        expected,
        about,
    }
}

impl Key {
    /// The key by other names, too.
    pub(in crate::config) const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    /// Whether it stands for all keys that begin like it: its name ends with a star.
    pub(in crate::config) fn is_family(&self) -> bool {
        self.name.ends_with('*')
    }

    /// Whether a file may call it so.
    pub(super) fn has_name(&self, given: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(beginning) => given.starts_with(beginning),
            None => self.names().any(|name| name == given),
        }
    }

    pub(in crate::config) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.iter().copied())
    }
}

impl Expected {
    /// What is legal, as it stands beside a wrong value.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Number { range, unit } => format!("a whole number {}", within(range, unit)),
            Self::Word(words) => words::list(words.iter().copied().filter(|word| !word.is_empty())),
            Self::Abbreviable(words) => words::list(words.iter().copied()),
            Self::Text => "a text in quotes".to_owned(),
            Self::Texts => "a list of texts in quotes".to_owned(),
            Self::Numbers { range, unit } => {
                format!("a list of whole numbers {}", within(range, unit))
            }
            Self::Ranges { greatest } => {
                format!("a list of numbers up to {greatest} and ranges like `\"2-5\"`")
            }
            Self::RangesOr { greatest, word } => format!(
                "`\"{word}\"`, a number up to {greatest}, a range like `\"2-5\"`, or a list of these"
            ),
            Self::Unused(_) => "anything".to_owned(),
        }
    }
}

fn within(range: &RangeInclusive<u64>, unit: &str) -> String {
    let (least, greatest) = (range.start(), range.end());
    format!("from {least} to {greatest} ({unit})")
}
