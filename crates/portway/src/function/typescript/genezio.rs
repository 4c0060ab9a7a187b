//! Classes for Genezio's command line: it finds them by `@GenezioDeploy()`, and makes clients of its own from them.
//!
//! Its parser knows few types, and its wire has numbers only: integers are `number`, points in time `string`, and what it does not know
//! (tuples, unions of objects) is `any`. Names and values are the same as in the client of Portway.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{
    documentation::comment,
    names::{Names, property},
    parameter_names,
    types::{Direction, allows_null, alternatives, kinds},
};
use crate::function::description::{Description, Method, Service};

/// A file for each service: its name and its text.
pub(crate) fn classes(description: &Description) -> Vec<(String, String)> {
    let names = Names::of(description);
    let types = Types { names: &names };
    let services = description.services.iter();
    services
        .map(|service| (format!("{}.ts", service.name), class(service, &types)))
        .collect()
}

fn class(service: &Service, types: &Types<'_>) -> String {
    let mut out = String::from(
        "// Made by Portway for Genezio's command line.\nimport { GenezioDeploy } from \"@genezio/types\";\nimport { call } from \"./index.mjs\";\n",
    );
    out.push_str(&types.definitions());
    out.push('\n');
    out.push_str(&comment(&service.documentation, &[], ""));
    let _ = write!(out, "@GenezioDeploy()\nexport class {} {{", service.name);
    for method in &service.methods {
        out.push('\n');
        out.push_str(&types.method(service, method));
    }
    out.push_str("}\n");
    out
}

struct Types<'a> {
    names: &'a Names<'a>,
}

impl Types<'_> {
    fn method(&self, service: &Service, method: &Method) -> String {
        let names = parameter_names(method);
        let parameters = method.parameters.iter().zip(&names);
        let parameters: Vec<_> = parameters
            .map(|(parameter, name)| {
                format!("{name}: {}", self.of(&parameter.schema, Direction::Input))
            })
            .collect();
        let result = match method.result.get("type").and_then(Value::as_str) {
            Some("null") => "void".to_owned(),
            _ => self.of(&method.result, Direction::Output),
        };
        format!(
            "{}  async {}({}): Promise<{result}> {{\n    return call(\"{}\", \"{}\", [{}]);\n  }}\n",
            comment(&method.documentation, &[], "  "),
            method.name,
            parameters.join(", "),
            service.name,
            method.name,
            names.join(", ")
        )
    }

    /// The named types that are plain objects.
    fn definitions(&self) -> String {
        let mut out = String::new();
        for (name, (direction, schema)) in self.names.all() {
            if let Some(fields) = plain(schema) {
                let _ = write!(out, "\nexport type {name} = {{\n");
                for (field, schema) in fields {
                    let mark = if allows_null(schema) { "?" } else { "" };
                    let _ = writeln!(
                        out,
                        "  {}{mark}: {};",
                        property(field),
                        self.of(schema, direction)
                    );
                }
                out.push_str("};\n");
            }
        }
        out
    }

    fn of(&self, schema: &Value, direction: Direction) -> String {
        let known = self.known(schema, direction);
        match known {
            Some(known) if allows_null(schema) => format!("{known} | null"),
            Some(known) => known,
            None => "any".to_owned(),
        }
    }

    /// The type but for null; none if the parser does not know it.
    fn known(&self, schema: &Value, direction: Direction) -> Option<String> {
        let schema = schema.as_object()?;
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let schema = self.names.resolve(reference, direction)?;
            return match plain(schema) {
                Some(_) => self.names.referred(reference, direction).map(str::to_owned),
                None => self.known(schema, direction),
            };
        }
        if let Some(all) = alternatives(schema) {
            let mut values = all.iter().filter(|one| !is_null(one));
            let (only, further) = (values.next()?, values.next());
            return further.is_none().then(|| self.known(only, direction))?;
        }
        self.of_kind(schema, direction)
    }

    fn of_kind(&self, schema: &Map<String, Value>, direction: Direction) -> Option<String> {
        let mut kinds = kinds(schema).into_iter().filter(|kind| *kind != "null");
        let (kind, None) = (kinds.next()?, kinds.next()) else {
            return None;
        };
        match kind {
            "string" | "boolean" => Some(kind.to_owned()),
            "integer" | "number" => Some("number".to_owned()),
            "array" if schema.contains_key("prefixItems") => None,
            "array" => Some(format!(
                "Array<{}>",
                self.of(schema.get("items")?, direction)
            )),
            "object" if !schema.contains_key("properties") => {
                let values = schema.get("additionalProperties")?;
                Some(format!("{{[key: string]: {}}}", self.of(values, direction)))
            }
            _ => None,
        }
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// The fields of an object that has nothing else.
fn plain(schema: &Value) -> Option<&Map<String, Value>> {
    let schema = schema.as_object()?;
    let is_plain = kinds(schema) == ["object"]
        && alternatives(schema).is_none()
        && !schema.contains_key("allOf")
        && !schema
            .get("additionalProperties")
            .is_some_and(Value::is_object);
    schema
        .get("properties")
        .and_then(Value::as_object)
        .filter(|_| is_plain)
}
