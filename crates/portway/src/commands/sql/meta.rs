//! The shell's own commands, which begin with a backslash.

/// What `\?` shows.
pub(super) const HELP: &str = "\
\\d            tables and views
\\d NAME       columns and indexes of a table
\\di           indexes
\\dn           schemas
\\dc           caches
\\timing       tell how long statements take, or no more
\\x FORMAT     write rows as aligned, csv or json
\\i FILE       run the statements of a file
\\?            this
\\q            end (as Ctrl-D)
Statements end with a semicolon. Ctrl-C gives up what is typed, or the running query.";

/// A command of the shell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meta<'a> {
    Tables,
    Describe(&'a str),
    Indexes,
    Schemas,
    Caches,
    Timing,
    Format(&'a str),
    Run(&'a str),
    Help,
    Quit,
}

impl<'a> Meta<'a> {
    /// Reads a line that begins with a backslash; `None` when there is no such command.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim().trim_end_matches(';');
        let (command, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match (command, argument.trim()) {
            ("\\d" | "\\dt", "") => Some(Self::Tables),
            ("\\d", name) => Some(Self::Describe(name)),
            ("\\di", "") => Some(Self::Indexes),
            ("\\dn", "") => Some(Self::Schemas),
            ("\\dc", "") => Some(Self::Caches),
            ("\\timing", "") => Some(Self::Timing),
            ("\\x", format) if !format.is_empty() => Some(Self::Format(format)),
            ("\\i", file) if !file.is_empty() => Some(Self::Run(file)),
            ("\\?" | "\\h" | "\\help", _) => Some(Self::Help),
            ("\\q" | "\\quit", "") => Some(Self::Quit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_known_with_their_arguments() {
        assert_eq!(Meta::parse("\\d"), Some(Meta::Tables));
        assert_eq!(Meta::parse("\\d  Person;"), Some(Meta::Describe("Person")));
        assert_eq!(Meta::parse("\\q"), Some(Meta::Quit));
        assert_eq!(Meta::parse("\\i"), None);
        assert_eq!(Meta::parse("\\frobnicate"), None);
    }
}
