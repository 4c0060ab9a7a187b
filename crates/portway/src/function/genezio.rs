//! Projects of Genezio: one program, or several of a workspace, each in a folder of its own.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};

use super::{Architecture, archive::Entry, layout::Parts};
use crate::failure::Advised;

/// Genezio's decorators, in the version that its CLI is tested with.
const TYPES: &str = "1.0.20";

/// What Genezio's CLI does before it compiles classes.
const INSTALL: &str = "  scripts:\n    local: npm install --no-audit --no-fund\n    deploy: npm install --no-audit --no-fund\n";

/// The type of what classes call.
pub(super) const CALL: &str = "export function call<T>(service: string, method: string, parameters: unknown[]): Promise<T>;\n";

/// What the classes need from npm.
pub(super) fn dependencies() -> Value {
    json!({ "@genezio/types": TYPES })
}

/// Version 2 of the project file, as the CLI takes it: for each program a function of type `aws` for everything over HTTP. Classes it
/// finds by itself; it compiles them, and needs the package with their decorator for that.
pub(super) fn project_file(name: &str, architecture: Architecture, programs: &[&Parts]) -> String {
    let (language, scripts) = match programs.iter().all(|program| program.classes.is_empty()) {
        true => ("js", ""),
        false => ("ts", INSTALL),
    };
    let functions: String = programs.iter().map(|program| function(program)).collect();
    format!(
        "name: {}\nregion: us-east-1\nyamlVersion: 2\nbackend:\n  path: .\n  language:\n    name: {language}\n    runtime: nodejs20.x\n    \
         architecture: {}\n    packageManager: npm\n{scripts}  functions:\n{functions}",
        legal(name),
        architecture.name()
    )
}

fn function(program: &Parts) -> String {
    format!(
        "    - name: {}\n      path: {}\n      entry: index.mjs\n      handler: handler\n      type: aws\n",
        legal(&program.name),
        program.folder.as_deref().unwrap_or(".")
    )
}

/// A name with the letters that Genezio takes.
fn legal(name: &str) -> String {
    let legal = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '-',
    };
    name.chars().map(legal).collect()
}

/// The files of a project with several programs.
///
/// # Errors
/// If two functions or two classes have one name.
pub(super) fn project(name: &str, programs: Vec<Parts>) -> Result<Vec<Entry>> {
    check_names(
        "function",
        programs.iter().map(|program| legal(&program.name)),
    )?;
    let classes = programs.iter().flat_map(|program| &program.classes);
    check_names(
        "service",
        classes.map(|(file, _)| file.trim_end_matches(".ts").to_owned()),
    )?;
    let all: Vec<_> = programs.iter().collect();
    let mut manifest =
        json!({ "name": legal(name).to_lowercase(), "private": true, "type": "module" });
    if all.iter().any(|program| !program.classes.is_empty()) {
        manifest["dependencies"] = dependencies();
    }
    let mut entries = vec![Entry::text("package.json", format!("{manifest:#}\n"))];
    if let Some(first) = all.first() {
        let file = project_file(name, first.architecture, &all);
        entries.push(Entry::text("genezio.yaml", file));
    }
    for program in programs {
        let folder = program
            .folder
            .clone()
            .unwrap_or_else(|| program.name.clone());
        entries.extend(program.entries().into_iter().map(|entry| Entry {
            path: format!("{folder}/{}", entry.path),
            ..entry
        }));
    }
    Ok(entries)
}

/// In a project names are unique.
fn check_names(what: &str, names: impl Iterator<Item = String>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if seen.contains(&name) {
            let message = format!("two programs have a {what} {name}");
            let hint = "rename one, or choose a program with --bin NAME";
            return Err(Advised::failed(message, hint).into());
        }
        seen.insert(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::Platform;

    fn program(name: &str, class: &str) -> Parts {
        Parts {
            platform: Platform::Genezio,
            architecture: Architecture::X86_64,
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            executable: vec![1],
            addon: None,
            classes: vec![(format!("{class}.ts"), String::new())],
            is_single_file: false,
            folder: Some(name.to_owned()),
        }
    }

    #[test]
    fn each_program_has_a_folder_and_a_function_of_its_own() {
        let programs = vec![program("orders", "Orders"), program("user_list", "Users")];
        let entries = project("shop", programs).expect("a project");
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert!(
            paths.contains(&"orders/index.mjs") && paths.contains(&"user_list/Users.ts"),
            "{paths:?}"
        );
        let file = entries
            .iter()
            .find(|entry| entry.path == "genezio.yaml")
            .expect("a file");
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(
            text.contains("- name: user-list\n      path: user_list\n"),
            "{text}"
        );
    }

    #[test]
    fn two_services_of_one_name_are_refused() {
        let programs = vec![program("orders", "Shop"), program("users", "Shop")];
        let error = project("shop", programs).err().expect("an error");
        assert_eq!(error.to_string(), "two programs have a service Shop");
    }
}
