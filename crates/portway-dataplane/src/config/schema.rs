//! The JSON schema of configuration files, from the tables that the reader uses.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use super::read::{Content, Expected, Key, SECTIONS};

/// The JSON schema (draft 2020-12) of a configuration file, for editors and other programs.
///
/// It says what each key may be. What only a whole file can be checked for, such as names and sums, it cannot say; and it
/// is stricter in one point: words such as modes are written out, in the case that stands there.
pub fn schema() -> Value {
    let sections = SECTIONS.iter().map(|(name, content, about)| {
        let mut section = describe_content(content);
        section.insert("description".to_owned(), json!(about));
        ((*name).to_owned(), Value::Object(section))
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of Portway's data plane",
        "description": "The form of CNDP's files (JSON with comments and trailing commas).",
        "type": "object",
        "properties": sections.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn describe_content(content: &Content) -> Map<String, Value> {
    let value = match content {
        Content::Keys(keys) => describe_keys(keys),
        Content::Objects(keys) => {
            json!({ "type": "object", "additionalProperties": describe_keys(keys) })
        }
        Content::Values(key) => {
            json!({ "type": "object", "additionalProperties": describe(&key.expected) })
        }
        Content::Anything => json!({ "type": "object" }),
    };
    into_map(value)
}

fn describe_keys(keys: &[Key]) -> Value {
    let (mut properties, mut families) = (Map::new(), Map::new());
    for key in keys {
        let mut described = into_map(describe(&key.expected));
        described.insert("description".to_owned(), json!(key.about));
        for name in key.names() {
            match name.strip_suffix('*') {
                Some(beginning) => {
                    families.insert(format!("^{beginning}"), json!(described));
                }
                None => {
                    properties.insert(name.to_owned(), json!(described));
                }
            }
        }
    }
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !families.is_empty() {
        object["patternProperties"] = json!(families);
    }
    object
}

fn describe(expected: &Expected) -> Value {
    match expected {
        Expected::Flag => json!({ "type": "boolean" }),
        Expected::Number { range, .. } => number(range),
        Expected::Word(words) | Expected::Abbreviable(words) => json!({ "enum": words }),
        Expected::Text => json!({ "type": "string" }),
        Expected::Texts => list(&json!({ "type": "string" })),
        Expected::Numbers { range, .. } => list(&number(range)),
        Expected::Ranges { greatest } => list(&number_or_range(*greatest)),
        Expected::RangesOr { greatest, word } => {
            let one = number_or_range(*greatest);
            json!({ "anyOf": [{ "const": word }, one, list(&one)] })
        }
        Expected::Unused(_) => json!({ "deprecated": true }),
    }
}

fn number(range: &RangeInclusive<u64>) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

fn number_or_range(greatest: u64) -> Value {
    let range = json!({ "type": "string", "pattern": "^[0-9 ,-]+$" });
    json!({ "anyOf": [number(&(0..=greatest)), range] })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => Map::from_iter([("const".to_owned(), other)]),
    }
}
