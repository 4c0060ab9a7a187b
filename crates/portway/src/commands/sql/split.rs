//! Cuts lines into statements: at semicolons outside of texts, names and comments.

/// Lines as they came, and how far they were looked at.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    text: String,
    looked_at: usize,
    inside: Inside,
}

/// What a character stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Statement,
    /// `'...'`
    Text,
    /// `"..."`
    Name,
    /// `-- ...`
    LineComment,
    /// `/* ... */`
    Comment,
}

impl Splitter {
    /// Whether nothing waits for its semicolon: nothing but complete comments is there.
    pub(super) fn is_empty(&self) -> bool {
        self.inside == Inside::Statement && is_comment(&self.text)
    }

    pub(super) fn push_line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The next complete statement, without its semicolon.
    pub(super) fn next_statement(&mut self) -> Option<String> {
        while let Some(end) = self.find_end() {
            let rest = self.text.split_off(end + 1);
            let statement = std::mem::replace(&mut self.text, rest);
            self.looked_at = 0;
            let statement = statement[..end].trim();
            if !is_comment(statement) {
                return Some(statement.to_owned());
            }
        }
        None
    }

    /// What is left, if that is a statement without its semicolon.
    pub(super) fn rest(&mut self) -> Option<String> {
        let text = std::mem::take(self).text;
        let statement = text.trim();
        (!is_comment(statement)).then(|| statement.to_owned())
    }

    fn find_end(&mut self) -> Option<usize> {
        let mut characters = self.text[self.looked_at..].char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let (inside, takes_next) = self.inside.after(character, next);
            if self.inside == Inside::Statement && character == ';' {
                return Some(self.looked_at + offset);
            }
            self.inside = inside;
            if takes_next {
                characters.next();
            }
        }
        self.looked_at = self.text.len();
        None
    }
}

impl Inside {
    /// What follows a character, and whether the one behind it belongs to it.
    fn after(self, character: char, next: Option<char>) -> (Self, bool) {
        match (self, character, next) {
            (Self::Statement, '\'', _) => (Self::Text, false),
            (Self::Statement, '"', _) => (Self::Name, false),
            (Self::Statement, '-', Some('-')) => (Self::LineComment, true),
            (Self::Statement, '/', Some('*')) => (Self::Comment, true),
            // A doubled quote ends and begins again, which comes to the same.
            (Self::Text, '\'', _) | (Self::Name, '"', _) | (Self::LineComment, '\n', _) => {
                (Self::Statement, false)
            }
            (Self::Comment, '*', Some('/')) => (Self::Statement, true),
            _ => (self, false),
        }
    }
}

/// Whether there is nothing to run: no word outside of comments.
fn is_comment(statement: &str) -> bool {
    let mut inside = Inside::Statement;
    let mut characters = statement.chars().peekable();
    while let Some(character) = characters.next() {
        let (then, takes_next) = inside.after(character, characters.peek().copied());
        let is_comment = matches!(then, Inside::LineComment | Inside::Comment)
            || matches!(inside, Inside::LineComment | Inside::Comment);
        if !is_comment && !character.is_whitespace() {
            return false;
        }
        inside = then;
        if takes_next {
            characters.next();
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(lines: &[&str]) -> (Vec<String>, Option<String>) {
        let mut splitter = Splitter::default();
        let mut statements = Vec::new();
        for line in lines {
            splitter.push_line(line);
            statements.extend(std::iter::from_fn(|| splitter.next_statement()));
        }
        (statements, splitter.rest())
    }

    #[test]
    fn a_statement_ends_with_a_semicolon_on_whatever_line() {
        let (statements, rest) = split(&["SELECT 1; SELECT", "2", ";;", "SELECT 3"]);
        assert_eq!(statements, ["SELECT 1", "SELECT\n2"]);
        assert_eq!(rest.as_deref(), Some("SELECT 3"));
    }

    #[test]
    fn semicolons_in_texts_names_and_comments_end_nothing() {
        let whole = [
            "SELECT ';', 'it''s; fine', \"a;b\" -- so; what",
            "/* no; end */ FROM t;",
        ];
        let (statements, rest) = split(&whole);
        assert_eq!(statements.len(), 1);
        assert_eq!(rest, None);
    }

    #[test]
    fn comments_alone_are_no_statement() {
        let (statements, rest) = split(&["-- nothing;", "/* ; */ ;", "-- end"]);
        assert_eq!((statements, rest), (Vec::new(), None));
    }

    #[test]
    fn a_comment_behind_a_statement_waits_for_nothing_and_an_open_one_for_its_end() {
        let mut splitter = Splitter::default();
        for (line, waits) in [
            ("SELECT 1; -- done; really", false),
            ("/* a comment", true),
            ("ends */", false),
            ("SELECT", true),
        ] {
            splitter.push_line(line);
            while splitter.next_statement().is_some() {}
            assert_eq!(splitter.is_empty(), !waits, "{line}");
        }
    }

    proptest! {
        #[test]
        fn lines_cut_anywhere_give_the_same_statements(
            text in "[a;'\"/* \n-]{0,40}",
            cut in 0usize..40,
        ) {
            let cut = cut.min(text.len());
            let (left, right) = text.split_at(cut);
            // A line feed is a space to the splitter, except at the end of a comment.
            prop_assume!(!left.ends_with(['-', '/', '*']) && !left.contains("--"));
            let whole = format!("{left}\n{right}");
            let lines: Vec<_> = whole.split('\n').collect();
            let (at_once, _) = split(&[&whole]);
            let (in_lines, _) = split(&lines);
            prop_assert_eq!(at_once, in_lines);
        }
    }
}
