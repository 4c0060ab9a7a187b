//! TypeScript's types of JSON schemas.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{
    documentation::comment,
    names::{Names, property},
};

/// Which way a value goes: callers send input and get output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Input,
    Output,
}

/// Writes types.
pub(super) struct Types<'a> {
    names: &'a Names<'a>,
}

/// Integers of these formats may be larger than JavaScript's numbers hold exactly.
const LARGE: [&str; 6] = ["int64", "uint64", "int128", "uint128", "int", "uint"];

/// Whether a schema is an integer that becomes a `bigint`.
pub(super) fn is_large_integer(schema: &Map<String, Value>) -> bool {
    let format = schema.get("format").and_then(Value::as_str);
    has_type(schema, "integer") && format.is_some_and(|format| LARGE.contains(&format))
}

/// Whether a schema is a point in time that becomes a `Date`.
pub(super) fn is_date(schema: &Map<String, Value>) -> bool {
    has_type(schema, "string") && schema.get("format").and_then(Value::as_str) == Some("date-time")
}

fn has_type(schema: &Map<String, Value>, name: &str) -> bool {
    kinds(schema).contains(&name)
}

/// The types that a schema names: one, several or none.
pub(super) fn kinds(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The alternatives of a schema, if it has some.
pub(super) fn alternatives(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    alternatives.and_then(Value::as_array)
}

/// Whether null fits a schema.
pub(super) fn allows_null(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return schema.as_bool() == Some(true);
    };
    has_type(schema, "null") || alternatives(schema).is_some_and(|all| all.iter().any(allows_null))
}

impl<'a> Types<'a> {
    pub(super) fn new(names: &'a Names<'a>) -> Self {
        Self { names }
    }

    /// All named types.
    pub(super) fn definitions(&self) -> String {
        let mut out = String::new();
        for (name, (direction, schema)) in self.names.all() {
            let description = schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default();
            out.push('\n');
            out.push_str(&comment(description, &[], ""));
            let _ = match self.fields(schema, direction) {
                Some(fields) => writeln!(out, "export interface {name} {fields}"),
                None => writeln!(out, "export type {name} = {};", self.of(schema, direction)),
            };
        }
        out
    }

    /// The type of a schema.
    pub(super) fn of(&self, schema: &Value, direction: Direction) -> String {
        let Some(schema) = schema.as_object() else {
            return "unknown".to_owned();
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self
                .names
                .referred(reference, direction)
                .unwrap_or("unknown")
                .to_owned();
        }
        if let Some(value) = schema.get("const") {
            return value.to_string();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return union(values.iter().map(Value::to_string));
        }
        if let Some(all) = alternatives(schema) {
            let either = union(all.iter().map(|one| self.of(one, direction)));
            return self.beside_alternatives(schema, either, direction);
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            let all = all.iter().map(|one| self.of(one, direction));
            return all.collect::<Vec<_>>().join(" & ");
        }
        let kinds = kinds(schema);
        if kinds.is_empty() {
            return "unknown".to_owned();
        }
        union(
            kinds
                .into_iter()
                .map(|kind| self.of_kind(kind, schema, direction)),
        )
    }

    /// A flattened enum has properties of its own beside the alternatives.
    fn beside_alternatives(
        &self,
        schema: &Map<String, Value>,
        either: String,
        direction: Direction,
    ) -> String {
        if !schema.contains_key("properties") {
            return either;
        }
        format!("({either}) & {}", self.object(schema, direction))
    }

    fn of_kind(&self, kind: &str, schema: &Map<String, Value>, direction: Direction) -> String {
        match kind {
            "string" if is_date(schema) => "Date".to_owned(),
            "integer" if is_large_integer(schema) => "bigint".to_owned(),
            "integer" | "number" => "number".to_owned(),
            "string" | "boolean" | "null" => kind.to_owned(),
            "array" => self.array(schema, direction),
            "object" => self.object(schema, direction),
            _ => "unknown".to_owned(),
        }
    }

    fn array(&self, schema: &Map<String, Value>, direction: Direction) -> String {
        if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
            let items: Vec<_> = items.iter().map(|item| self.of(item, direction)).collect();
            return format!("[{}]", items.join(", "));
        }
        let item = schema
            .get("items")
            .map_or("unknown".to_owned(), |item| self.of(item, direction));
        format!("Array<{item}>")
    }

    fn object(&self, schema: &Map<String, Value>, direction: Direction) -> String {
        let further = schema
            .get("additionalProperties")
            .filter(|further| further.as_bool() != Some(false));
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .filter(|fields| !fields.is_empty());
        match (properties, further) {
            (Some(_), None) => self.properties(schema, direction, "; ", ""),
            (Some(_), Some(further)) => format!(
                "{} & Record<string, {}>",
                self.properties(schema, direction, "; ", ""),
                self.of(further, direction)
            ),
            (None, Some(further)) => format!("Record<string, {}>", self.of(further, direction)),
            (None, None) => "Record<string, never>".to_owned(),
        }
    }

    /// The body of an interface, if the schema is a plain object.
    fn fields(&self, schema: &Value, direction: Direction) -> Option<String> {
        let schema = schema.as_object()?;
        let plain = kinds(schema) == ["object"]
            && schema.contains_key("properties")
            && alternatives(schema).is_none()
            && !schema.contains_key("allOf")
            && schema
                .get("additionalProperties")
                .is_none_or(|further| further.as_bool() == Some(false));
        plain.then(|| self.properties(schema, direction, ";\n", "  "))
    }

    fn properties(
        &self,
        schema: &Map<String, Value>,
        direction: Direction,
        separator: &str,
        indent: &str,
    ) -> String {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| {
            required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)))
        };
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flatten().map(|(name, field)| {
            let mark = if is_required(name) { "" } else { "?" };
            let description = field
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let documentation = if indent.is_empty() {
                String::new()
            } else {
                comment(description, &[], indent)
            };
            format!(
                "{documentation}{indent}{}{mark}: {}",
                property(name),
                self.of(field, direction)
            )
        });
        let fields: Vec<_> = fields.collect();
        if indent.is_empty() {
            return format!("{{ {} }}", fields.join(separator));
        }
        format!("{{\n{};\n}}", fields.join(separator))
    }
}

fn union(types: impl Iterator<Item = String>) -> String {
    let mut different: Vec<String> = Vec::new();
    for one in types {
        if !different.contains(&one) {
            different.push(one);
        }
    }
    match different.as_slice() {
        [] => "never".to_owned(),
        [one] => one.clone(),
        several => several
            .iter()
            .map(|one| parenthesized(one))
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

fn parenthesized(one: &str) -> String {
    if one.contains(" & ") {
        format!("({one})")
    } else {
        one.to_owned()
    }
}
