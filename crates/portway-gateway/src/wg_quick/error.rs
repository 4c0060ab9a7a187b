//! What is wrong with a file, and where.

use std::fmt;

/// A file that cannot be read, with the line that is to blame.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TunnelFileError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    #[source]
    pub problem: TunnelFileProblem,
}

/// What is wrong with a line. A secret is never repeated.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelFileProblem {
    /// The file is longer than any of use.
    #[error("the file is longer than {0} bytes")]
    FileTooLong(usize),
    /// The line is longer than any of use.
    #[error("the line is longer than {0} bytes")]
    LineTooLong(usize),
    /// There are more peers than a tunnel may have.
    #[error("the file has more than {0} peers")]
    TooManyPeers(usize),
    /// Something in brackets that is no section.
    #[error("unknown section; there are [Interface] and [Peer]")]
    Section,
    /// A setting before the first section.
    #[error("a setting before the first section, [Interface] or [Peer]")]
    NoSection,
    /// A line without `=`.
    #[error("expected KEY = VALUE or a section in brackets")]
    NoEquals,
    /// A key that the section does not have.
    #[error("unknown key {}; the section has {known}", Quoted(key))]
    Key {
        /// As it stands in the file.
        key: String,
        /// The keys that there are.
        known: &'static str,
    },
    /// A value that the key does not take.
    #[error("{key} = {}: expected {legal}", shown(value.as_deref()))]
    Value {
        /// The key as it is documented.
        key: &'static str,
        /// The value, unless it is a secret.
        value: Option<String>,
        /// What would be right.
        legal: &'static str,
    },
    /// A peer without its key; the line is that of the section.
    #[error("this peer has no PublicKey")]
    NoPublicKey,
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(
        || "(a secret)".to_owned(),
        |value| Quoted(value).to_string(),
    )
}

/// At most so many characters of a wrong text are repeated.
const SHOWN: usize = 60;

/// A text from outside, safe to print on a terminal.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.0.chars().nth(SHOWN).is_some() {
            "..."
        } else {
            ""
        };
        let start: String = self.0.chars().take(SHOWN).collect();
        write!(formatter, "{start:?}{more}")
    }
}
