//! What the client does with a result after `JSON.parse`: which parts become a `Date` or a `bigint`.
//!
//! A conversion is a JavaScript expression: 0 leaves the value alone, "n" and "d" are a `bigint` and a `Date`, another text names a type,
//! `["a", C]` is an array, `["t", C...]` a tuple, `["o", {field: C}, C]` an object with its further fields, and `["u", [form, C]...]` takes
//! the first alternative whose form fits.

use serde_json::{Map, Value, json};

use super::{
    names::Names,
    types::{Direction, alternatives, is_date, is_large_integer, kinds},
};

/// How deep forms are looked into; a type that contains itself ends there.
const DEEPEST: usize = 8;

/// The conversions of all named types of results, as one JavaScript object.
pub(super) fn all(names: &Names<'_>) -> String {
    let types = names
        .all()
        .into_iter()
        .filter(|(_, (_, schema))| needs_conversion(schema, names, DEEPEST));
    let types = types
        .map(|(name, (direction, schema))| (name.to_owned(), conversion(schema, names, direction)));
    Value::Object(types.collect()).to_string()
}

/// The conversion of one result.
pub(super) fn of(schema: &Value, names: &Names<'_>, direction: Direction) -> String {
    conversion(schema, names, direction).to_string()
}

fn conversion(schema: &Value, names: &Names<'_>, direction: Direction) -> Value {
    let plain = Value::from(0);
    let Some(object) = schema.as_object() else {
        return plain;
    };
    if !needs_conversion(schema, names, DEEPEST) {
        return plain;
    }
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        return names
            .referred(reference, direction)
            .map_or(plain, Value::from);
    }
    if is_large_integer(object) {
        return "n".into();
    }
    if is_date(object) {
        return "d".into();
    }
    if let Some(all) = alternatives(object) {
        let either = all.iter().map(|one| {
            json!([
                form(one, names, direction, DEEPEST),
                conversion(one, names, direction)
            ])
        });
        return std::iter::once(Value::from("u")).chain(either).collect();
    }
    if let Some(items) = object.get("prefixItems").and_then(Value::as_array) {
        let items = items.iter().map(|item| conversion(item, names, direction));
        return std::iter::once(Value::from("t")).chain(items).collect();
    }
    if let Some(item) = object.get("items") {
        return json!(["a", conversion(item, names, direction)]);
    }
    fields(object, names, direction)
}

fn fields(object: &Map<String, Value>, names: &Names<'_>, direction: Direction) -> Value {
    let properties = object.get("properties").and_then(Value::as_object);
    let fields: Map<_, _> = properties
        .into_iter()
        .flatten()
        .map(|(name, field)| (name.clone(), conversion(field, names, direction)))
        .filter(|(_, conversion)| *conversion != 0)
        .collect();
    let further = object.get("additionalProperties");
    json!([
        "o",
        fields,
        further.map_or(Value::from(0), |further| conversion(
            further, names, direction
        ))
    ])
}

/// Whether anything in a schema becomes something else than `JSON.parse` makes of it.
fn needs_conversion(schema: &Value, names: &Names<'_>, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    match schema {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                let target = names.resolve(reference, Direction::Output);
                let target = target.or_else(|| names.resolve(reference, Direction::Input));
                return target.is_some_and(|target| needs_conversion(target, names, depth - 1));
            }
            is_large_integer(object)
                || is_date(object)
                || object
                    .values()
                    .any(|part| needs_conversion(part, names, depth))
        }
        Value::Array(parts) => parts
            .iter()
            .any(|part| needs_conversion(part, names, depth)),
        _ => false,
    }
}

/// What tells an alternative apart: the JavaScript type, the fields that must be there, and those with one value only.
fn form(schema: &Value, names: &Names<'_>, direction: Direction, depth: usize) -> Value {
    let Some(object) = schema.as_object() else {
        return json!({});
    };
    if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
        return match names.resolve(reference, direction).filter(|_| depth > 0) {
            Some(target) => form(target, names, direction, depth - 1),
            None => json!({}),
        };
    }
    if let Some(value) = object.get("const") {
        return json!({ "is": [value] });
    }
    if let Some(values) = object.get("enum") {
        return json!({ "is": values });
    }
    let mut form = Map::new();
    if let [kind] = kinds(object).as_slice() {
        form.insert("type".into(), (*kind).into());
    }
    if let Some(required) = object.get("required") {
        form.insert("has".into(), required.clone());
    }
    let properties = object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let constants: Map<_, _> = properties
        .filter_map(|(name, field)| Some((name.clone(), field.get("const")?.clone())))
        .collect();
    if !constants.is_empty() {
        form.insert("with".into(), constants.into());
    }
    form.into()
}
