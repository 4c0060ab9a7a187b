//! Clients in TypeScript: an ES module, its types, and the manifest of a package.

mod conversions;
mod documentation;
mod genezio;
mod names;
mod types;

use std::fmt::Write as _;

use serde_json::json;

use self::{
    documentation::comment,
    names::Names,
    types::{Direction, Types},
};
use super::description::{Description, Method, Service};
pub(crate) use genezio::classes;

/// What every client needs, whatever it calls.
const RUNTIME: &str = include_str!("runtime.js");
const RUNTIME_TYPES: &str = include_str!("runtime.d.ts");

/// The files of the client of a program: their names and contents.
pub(crate) fn files(
    program: &str,
    version: &str,
    description: &Description,
) -> [(&'static str, String); 3] {
    let names = Names::of(description);
    let types = Types::new(&names);
    [
        ("index.js", module(description, &names)),
        ("index.d.ts", declarations(description, &types)),
        ("package.json", manifest(program, version)),
    ]
}

fn manifest(program: &str, version: &str) -> String {
    let manifest = json!({
        "name": format!("{}-client", program.to_lowercase()),
        "version": version,
        "type": "module",
        "main": "index.js",
        "types": "index.d.ts",
        "sideEffects": false,
    });
    format!("{manifest:#}\n")
}

fn module(description: &Description, names: &Names<'_>) -> String {
    let mut out = RUNTIME.to_owned();
    let _ = writeln!(out, "\nconst TYPES = {};", conversions::all(names));
    for service in &description.services {
        let _ = write!(
            out,
            "\nexport class {name} extends $Service {{\n  constructor(url, options) {{\n    super(url, \"{name}\", options);\n  }}\n\n  \
             static isError(error, method) {{\n    return isOwnError(error, `{name}.${{method}}`);\n  }}\n",
            name = service.name
        );
        for method in &service.methods {
            let parameters = parameter_names(method).join(", ");
            let result = conversions::of(&method.result, names, Direction::Output);
            let error = method.error.as_ref();
            let error = error.map_or("0".to_owned(), |error| {
                conversions::of(error, names, Direction::Output)
            });
            let _ = write!(
                out,
                "\n  {method}({parameters}) {{\n    return this.$call(\"{method}\", [{parameters}], {result}, {error});\n  }}\n",
                method = method.name
            );
        }
        out.push_str("}\n");
    }
    out
}

fn declarations(description: &Description, types: &Types<'_>) -> String {
    let mut out = RUNTIME_TYPES.to_owned();
    out.push_str(&types.definitions());
    for service in &description.services {
        out.push_str(&errors(service, types));
        out.push_str(&class(service, types));
    }
    out
}

/// The types of errors by method, for telling them apart.
fn errors(service: &Service, types: &Types<'_>) -> String {
    let mut out = format!(
        "\n/** What the methods of {} fail with. */\nexport interface {}Errors {{\n",
        service.name, service.name
    );
    for method in &service.methods {
        if let Some(error) = &method.error {
            let _ = writeln!(
                out,
                "  {}: {};",
                method.name,
                types.of(error, Direction::Output)
            );
        }
    }
    out.push_str("}\n");
    out
}

fn class(service: &Service, types: &Types<'_>) -> String {
    let name = &service.name;
    let mut out = String::from("\n");
    out.push_str(&comment(&service.documentation, &[], ""));
    let _ = write!(
        out,
        "export declare class {name} {{\n  /** Calls the service at this address, such as \"http://127.0.0.1:3000\". */\n  \
         constructor(url: string, options?: ServiceOptions);\n\n  /** Whether an error is the own one of a method. */\n  \
         static isError<M extends keyof {name}Errors>(error: unknown, method: M): error is RpcError<{name}Errors[M]>;\n"
    );
    for method in &service.methods {
        let failure = method
            .error
            .as_ref()
            .map(|error| types.of(error, Direction::Output));
        let throws: Vec<_> = failure
            .iter()
            .map(|error| format!("@throws {{RpcError<{error}>}}"))
            .collect();
        out.push('\n');
        out.push_str(&comment(&method.documentation, &throws, "  "));
        let _ = writeln!(
            out,
            "  {}({}): Promise<{}>;",
            method.name,
            parameters(method, types),
            result(method, types)
        );
    }
    out.push_str("}\n");
    out
}

/// A parameter may be left out if it may be null and so may all that follow.
fn parameters(method: &Method, types: &Types<'_>) -> String {
    let needed = method
        .parameters
        .iter()
        .rposition(|parameter| !types::allows_null(&parameter.schema))
        .map_or(0, |last| last + 1);
    let names = parameter_names(method);
    let list =
        method
            .parameters
            .iter()
            .zip(names)
            .enumerate()
            .map(|(position, (parameter, name))| {
                let mark = if position < needed { "" } else { "?" };
                format!(
                    "{name}{mark}: {}",
                    types.of(&parameter.schema, Direction::Input)
                )
            });
    list.collect::<Vec<_>>().join(", ")
}

fn result(method: &Method, types: &Types<'_>) -> String {
    match types.of(&method.result, Direction::Output).as_str() {
        "null" => "void".to_owned(),
        other => other.to_owned(),
    }
}

fn parameter_names(method: &Method) -> Vec<String> {
    method
        .parameters
        .iter()
        .map(|parameter| names::parameter(&parameter.name))
        .collect()
}
