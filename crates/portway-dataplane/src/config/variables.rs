//! Variables of the environment in texts of a configuration: `"${NAME}:0"`.
//!
//! A pod learns the names of its devices from its environment, so that one file can serve pods with different devices.

use std::iter::Peekable;
use std::str::CharIndices;

use super::{Diagnostic, Rejected, Source, Span};

impl Source {
    /// A text whose `${NAME}`, where they stand in quotes, are replaced by what `value_of` knows of them. A `$` that begins
    /// nothing of that form stays, and comments are left alone.
    ///
    /// # Errors
    ///
    /// A variable has no value, or one that cannot stand in quotes; the error has its place.
    pub fn with_variables(
        name: impl Into<String>,
        text: impl Into<String>,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Rejected> {
        let source = Self::new(name, text);
        let (mut replaced, mut end, mut wrong) = (String::new(), 0, Vec::new());
        for (span, variable) in variables(source.text()) {
            match value_of(variable) {
                Some(value) if can_be_quoted(&value) => {
                    replaced.push_str(&source.text()[end..span.start]);
                    replaced.push_str(&value);
                    end = span.end;
                }
                value => wrong.push(refusal(span, variable, value.is_some())),
            }
        }
        if !wrong.is_empty() {
            return Err(Rejected::new(&source, wrong));
        }
        replaced.push_str(&source.text()[end..]);
        Ok(Self::new(source.name(), replaced))
    }
}

fn refusal(span: Span, variable: &str, has_value: bool) -> Diagnostic {
    let message = if has_value {
        format!("the environment's {variable} cannot stand in quotes")
    } else {
        format!("the environment has no variable {variable}")
    };
    Diagnostic::error(span, message).with_label("legal: a variable that is set, without quotes")
}

fn can_be_quoted(value: &str) -> bool {
    let is_special = |letter: char| matches!(letter, '"' | '\\') || letter.is_control();
    !value.contains(is_special)
}

/// The variables that stand in quotes, each with its place.
fn variables(text: &str) -> Vec<(Span, &str)> {
    let mut found = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((_, letter)) = letters.next() {
        match letter {
            '/' => skip_comment(&mut letters),
            '"' => find_in_quotes(text, &mut letters, &mut found),
            _ => {}
        }
    }
    found
}

fn skip_comment(letters: &mut Peekable<CharIndices<'_>>) {
    match letters.peek() {
        Some((_, '/')) => while letters.next_if(|(_, letter)| *letter != '\n').is_some() {},
        Some((_, '*')) => {
            // So that `/*/` is not taken for a whole comment.
            letters.next();
            let mut before = ' ';
            for (_, letter) in letters {
                if (before, letter) == ('*', '/') {
                    return;
                }
                before = letter;
            }
        }
        _ => {}
    }
}

fn find_in_quotes<'a>(
    text: &'a str,
    letters: &mut Peekable<CharIndices<'_>>,
    found: &mut Vec<(Span, &'a str)>,
) {
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' | '\n' => return,
            '\\' => drop(letters.next()),
            '$' => {
                if let Some(name) = name(&text[at..]) {
                    let end = at + name.len() + "${}".len();
                    found.push((Span::from(at..end), name));
                }
            }
            _ => {}
        }
    }
}

/// The name in `${NAME}` at the beginning of a text.
fn name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix("${")?.split_once('}')?;
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|letter| letter == '_' || letter.is_ascii_alphabetic());
    let goes_on = letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric());
    (begins && goes_on).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> Result<String, Rejected> {
        let value = |name: &str| match name {
            "DEVICE" => Some("ens1".to_owned()),
            "QUOTE" => Some("\"".to_owned()),
            _ => None,
        };
        Source::with_variables("file", text, value).map(|source| source.text().to_owned())
    }

    #[test]
    fn variables_in_quotes_are_replaced() {
        let text = r#"{ "${DEVICE}:0": "/x/${DEVICE}/y" }"#;
        assert_eq!(expand(text).unwrap(), r#"{ "ens1:0": "/x/ens1/y" }"#);
    }

    #[test]
    fn comments_and_other_dollars_stay() {
        for text in [
            "// ${ABSENT} \"${ABSENT}\"\n{}",
            "/* \" ${ABSENT} */ {}",
            "/*/ \"${ABSENT}\" */ {}",
            r#""$DEVICE ${1} ${} \${ABSENT} \" ${2,3}""#,
            "${ABSENT}",
        ] {
            assert_eq!(expand(text).unwrap(), text);
        }
    }

    #[test]
    fn what_has_no_usable_value_is_refused_with_its_place() {
        let rejected = expand(r#"["${DEVICE}", "${ABSENT}", "${QUOTE}"]"#).unwrap_err();
        let found: Vec<_> = rejected
            .diagnostics()
            .iter()
            .map(Diagnostic::span)
            .collect();
        assert_eq!(found, [Span::from(15..24), Span::from(28..36)]);
        assert!(
            rejected.to_string().contains("no variable ABSENT"),
            "{rejected}"
        );
    }
}
