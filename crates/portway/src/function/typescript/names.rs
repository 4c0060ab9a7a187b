//! The names of types: one for what is the same on the way in and out, two where it differs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{super::description::Description, types::Direction};

/// Words that cannot name a parameter.
const RESERVED: [&str; 47] = [
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
];

/// Names that the client's own types have.
const TAKEN: [&str; 7] = [
    "Array",
    "Date",
    "Promise",
    "Record",
    "RpcError",
    "ServiceOptions",
    "Error",
];

/// All types of a description with their names.
pub(super) struct Names<'a> {
    description: &'a Description,
    names: BTreeMap<(Direction, String), String>,
}

impl<'a> Names<'a> {
    pub(super) fn of(description: &'a Description) -> Self {
        let mut names = BTreeMap::new();
        for (name, schema) in &description.output {
            names.insert(
                (Direction::Output, name.clone()),
                type_name(name, description),
            );
            if description.input.get(name) == Some(schema) {
                names.insert(
                    (Direction::Input, name.clone()),
                    type_name(name, description),
                );
            }
        }
        for name in description.input.keys() {
            let differs = description.output.contains_key(name);
            let suffix = if differs { "Input" } else { "" };
            names
                .entry((Direction::Input, name.clone()))
                .or_insert_with(|| format!("{}{suffix}", type_name(name, description)));
        }
        Self { description, names }
    }

    /// The name of what a reference (`#/$defs/NAME`) points to.
    pub(super) fn referred(&self, reference: &str, direction: Direction) -> Option<&str> {
        let name = target(reference)?;
        self.names.get(&(direction, name)).map(String::as_str)
    }

    /// The schema that a reference points to.
    pub(super) fn resolve(&self, reference: &str, direction: Direction) -> Option<&'a Value> {
        let types = match direction {
            Direction::Input => &self.description.input,
            Direction::Output => &self.description.output,
        };
        types.get(&target(reference)?)
    }

    /// Every type once: its name, its direction and its schema.
    pub(super) fn all(&self) -> BTreeMap<&str, (Direction, &'a Value)> {
        let mut all = BTreeMap::new();
        for ((direction, key), name) in &self.names {
            let types = match direction {
                Direction::Input => &self.description.input,
                Direction::Output => &self.description.output,
            };
            if let Some(schema) = types.get(key) {
                all.insert(name.as_str(), (*direction, schema));
            }
        }
        all
    }
}

/// The name in a reference, with the escapes of JSON pointers taken back.
fn target(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/")?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// A type's name as TypeScript may write it, apart from those of the services and of the client itself.
fn type_name(name: &str, description: &Description) -> String {
    let mut plain: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if plain.starts_with(|first: char| first.is_ascii_digit()) || plain.is_empty() {
        plain.insert(0, '_');
    }
    let is_service = description
        .services
        .iter()
        .any(|service| service.name == plain);
    if is_service || TAKEN.contains(&plain.as_str()) {
        plain.push_str("Value");
    }
    plain
}

/// A parameter's name as JavaScript may write it.
pub(super) fn parameter(name: &str) -> String {
    if RESERVED.contains(&name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// A property's name, in quotes if it needs them.
pub(super) fn property(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$');
    if plain {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}
