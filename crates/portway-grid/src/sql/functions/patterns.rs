//! Regular expressions.

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

use super::strings::{LONGEST, Outcome, made, text};
use super::{Function, up_to};
use crate::sql::error::{SqlError, code};
use crate::sql::types::SqlType::{Boolean, Varchar};
use crate::sql::value::SqlValue;

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new(
            "REGEXP_LIKE",
            up_to(&[Varchar, Varchar, Varchar], 2),
            Boolean,
            |values| {
                let pattern = pattern(text(values, 1), text(values, 2))?;
                Ok(SqlValue::Boolean(pattern.is_match(text(values, 0))))
            },
        ),
        Function::new(
            "REGEXP_REPLACE",
            up_to(&[Varchar, Varchar, Varchar, Varchar], 3),
            Varchar,
            replace,
        ),
    ]
}

/// A compiled pattern; `flags` as in H2: i, c, n, m.
pub(super) fn pattern(pattern: &str, flags: &str) -> Result<Regex, SqlError> {
    if flags.chars().any(|flag| !"icnm".contains(flag)) {
        // H2 itself forgets to name the parameter.
        let message = format!("Invalid value \"{flags}\" for parameter {{1}}");
        return Err(SqlError::parse(code::INVALID_VALUE, message));
    }
    let is_insensitive = flags.chars().rfind(|flag| "ic".contains(*flag)) == Some('i');
    let syntax = syntax::Config::new()
        .case_insensitive(is_insensitive)
        .dot_matches_new_line(flags.contains('n'))
        .multi_line(flags.contains('m'));
    let built = Regex::builder().syntax(syntax).build(pattern);
    built.map_err(|_| escape_error(pattern))
}

fn escape_error(pattern: &str) -> SqlError {
    let message = format!("Error in LIKE ESCAPE: \"{pattern}\"");
    SqlError::parse(code::LIKE_ESCAPE, message)
}

fn replace(values: &[SqlValue]) -> Outcome {
    let pattern = pattern(text(values, 1), text(values, 3))?;
    let (hay, template) = (text(values, 0), text(values, 2));
    let mut result = String::new();
    let mut end = 0;
    for captures in pattern.captures_iter(hay) {
        let Some(found) = captures.get_match() else {
            continue;
        };
        result.push_str(&hay[end..found.start()]);
        put(template, hay, &captures, &mut result)?;
        end = found.end();
        if result.len() > LONGEST {
            break;
        }
    }
    result.push_str(&hay[end..]);
    made(result)
}

/// Writes what takes the place of a match: `$1` and `${name}` are groups, a backslash makes any
/// character plain.
fn put(template: &str, hay: &str, groups: &Captures, result: &mut String) -> Result<(), SqlError> {
    let mut rest = template.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => result.push(rest.next().ok_or_else(|| escape_error(template))?),
            '$' => {
                let (group, behind) =
                    group(rest.as_str(), groups).ok_or_else(|| escape_error(template))?;
                rest = behind.chars();
                let span = group.map_err(no_group)?;
                result.push_str(span.map_or("", |span: std::ops::Range<usize>| &hay[span]));
            }
            plain => result.push(plain),
        }
    }
    Ok(())
}

type Group<'t> = (Result<Option<std::ops::Range<usize>>, usize>, &'t str);

/// The group that a text behind `$` names, or the number of one that there is not; `None` when it
/// names nothing.
fn group<'t>(text: &'t str, groups: &Captures) -> Option<Group<'t>> {
    let range = |span: regex_automata::Span| span.range();
    if let Some(named) = text.strip_prefix('{') {
        let (name, behind) = named.split_once('}')?;
        groups.group_info().to_index(groups.pattern()?, name)?;
        return Some((Ok(groups.get_group_by_name(name).map(range)), behind));
    }
    let first = text.chars().next()?.to_digit(10)? as usize;
    if first >= groups.group_len() {
        return Some((Err(first), text));
    }
    let (mut number, mut length) = (first, 1);
    // More digits belong to it as long as there is such a group.
    while let Some(digit) = text[length..]
        .chars()
        .next()
        .and_then(|next| next.to_digit(10))
    {
        let longer = number * 10 + digit as usize;
        if longer >= groups.group_len() {
            break;
        }
        (number, length) = (longer, length + 1);
    }
    Some((Ok(groups.get_group(number).map(range)), &text[length..]))
}

fn no_group(number: usize) -> SqlError {
    let cause = format!("java.lang.IndexOutOfBoundsException: No group {number}");
    SqlError::parse(code::GENERAL, format!("General error: \"{cause}\""))
}
