//! The keys of one object, checked against their table.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jsonc_parser::ast::{Object, ObjectProp, Value};

use super::{
    keys::{Expected, Key, LIST_LIMIT},
    report::{Report, span},
    words,
};
use crate::config::{Diagnostic, Located, Span};

/// What an object has, as far as it is legal.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    path: String,
    span: Span,
    values: BTreeMap<&'static str, Entry<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    key: Span,
    /// None where it was not legal.
    value: Option<&'a Value<'a>>,
}

impl<'a> Entries<'a> {
    /// Reads `object`, which `path` leads to and whose name is at `span`.
    pub(super) fn read(
        path: String,
        span: Span,
        object: &'a Object<'a>,
        keys: &'static [Key],
        report: &mut Report<'_>,
    ) -> Self {
        let values = BTreeMap::new();
        let mut entries = Self { path, span, values };
        for property in &object.properties {
            match find(keys, property.name.as_str()) {
                Some(key) => entries.accept(key, property, report),
                None => entries.refuse(property, keys, report),
            }
        }
        entries
    }

    /// What stands for a section that is missing.
    pub(super) fn none(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            span: Span::default(),
            values: BTreeMap::new(),
        }
    }

    fn accept(&mut self, key: &'static Key, property: &'a ObjectProp<'a>, report: &mut Report<'_>) {
        let name = span(&property.name);
        if let Some(first) = self.values.get(key.name).filter(|_| !key.is_family()) {
            let message = format!("`{}` is given twice", self.key(key.name));
            let twice = Diagnostic::error(name, message).with_key(self.key(key.name));
            report.add(twice.with_place(first.key, "first given here"));
            return;
        }
        let wrong = illegal(&key.expected, &property.value);
        if let Expected::Unused(reason) = key.expected {
            let path = self.key(property.name.as_str());
            let message = format!("`{path}` does nothing: {reason}");
            report.add(Diagnostic::warning(name, message).with_key(path));
        } else if let Some(wrong) = wrong {
            report.wrong_value(&self.key(key.name), wrong, &key.expected.describe());
        }
        let value = Some(&property.value).filter(|_| wrong.is_none());
        self.values.insert(key.name, Entry { key: name, value });
    }

    fn refuse(&self, property: &ObjectProp<'_>, keys: &'static [Key], report: &mut Report<'_>) {
        let given = property.name.as_str();
        let names = || keys.iter().flat_map(Key::names);
        let begun: Vec<&str> = names()
            .filter(|name| !given.is_empty() && name.starts_with(given))
            .collect();
        let meant = match begun.as_slice() {
            [] => words::nearest(given, names()).map(|name| format!("did you mean `{name}`?")),
            begun => Some(format!(
                "keys are written out: {}",
                words::list(begun.iter().copied())
            )),
        };
        let message = format!("there is no key `{given}` in `{}`", self.path);
        let legal = format!("legal: {}", words::list(names()));
        let finding = Diagnostic::error(span(&property.name), message)
            .with_key(self.key(given))
            .with_label(legal);
        report.add(match meant {
            Some(meant) => finding.with_help(meant),
            None => finding,
        });
    }

    /// The path of one of its keys.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// Where the object's name stands.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// Whether a key is there, legal or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Where the value of a key stands; the object's name, where it is missing.
    pub(super) fn place(&self, name: &str) -> Span {
        self.value(name).map_or(self.span, span)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value<'a>> {
        self.values.get(name)?.value
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        Some(self.value(name)?.as_boolean_lit()?.value)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        number(self.value(name)?)
    }

    pub(super) fn text(&self, name: &str) -> Option<Located<&'a str>> {
        self.value(name).and_then(text)
    }

    /// The text of a key; none where it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<Located<&'a str>> {
        self.text(name).filter(|text| !text.value.is_empty())
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.value.to_owned())
    }

    /// The elements of a list; none where it is missing.
    pub(super) fn elements(&self, name: &str) -> &'a [Value<'a>] {
        let array = self.value(name).and_then(Value::as_array);
        array.map_or(&[], |array| &array.elements)
    }

    /// The texts of a list.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = Located<&'a str>> {
        self.elements(name).iter().filter_map(text)
    }
}

fn find(keys: &'static [Key], name: &str) -> Option<&'static Key> {
    keys.iter().find(|key| key.has_name(name))
}

/// The whole number that a value is.
pub(super) fn number(value: &Value<'_>) -> Option<u64> {
    value.as_number_lit()?.value.parse().ok()
}

/// The text that a value is.
pub(super) fn text<'a>(value: &'a Value<'a>) -> Option<Located<&'a str>> {
    let literal = value.as_string_lit()?;
    Some(Located {
        span: span(literal),
        value: literal.value.as_ref(),
    })
}

/// The value, or the element of it, that is not of the kind that is expected. What is in texts is looked at by
/// whoever reads them.
fn illegal<'a>(expected: &Expected, value: &'a Value<'a>) -> Option<&'a Value<'a>> {
    let elements = match (expected, value) {
        (Expected::Unused(_), _) => return None,
        (
            Expected::Texts
            | Expected::Numbers { .. }
            | Expected::Ranges { .. }
            | Expected::RangesOr { .. },
            Value::Array(array),
        ) if array.elements.len() <= LIST_LIMIT => &array.elements,
        _ => return (!is_legal(expected, value)).then_some(value),
    };
    elements
        .iter()
        .find(|element| !is_legal_element(expected, element))
}

fn is_legal(expected: &Expected, value: &Value<'_>) -> bool {
    match (expected, value) {
        (Expected::Flag, Value::BooleanLit(_))
        | (
            Expected::Text | Expected::Abbreviable(_) | Expected::RangesOr { .. },
            Value::StringLit(_),
        ) => true,
        (Expected::Word(words), Value::StringLit(text)) => words
            .iter()
            .any(|word| word.eq_ignore_ascii_case(&text.value)),
        (Expected::Number { range, .. }, value) => is_within(range, value),
        (Expected::RangesOr { greatest, .. }, value) => is_within(&(0..=*greatest), value),
        _ => false,
    }
}

fn is_legal_element(expected: &Expected, element: &Value<'_>) -> bool {
    match (expected, element) {
        (
            Expected::Texts | Expected::Ranges { .. } | Expected::RangesOr { .. },
            Value::StringLit(_),
        ) => true,
        (Expected::Numbers { range, .. }, element) => is_within(range, element),
        (Expected::Ranges { greatest } | Expected::RangesOr { greatest, .. }, element) => {
            is_within(&(0..=*greatest), element)
        }
        _ => false,
    }
}

fn is_within(range: &RangeInclusive<u64>, value: &Value<'_>) -> bool {
    number(value).is_some_and(|number| range.contains(&number))
}
