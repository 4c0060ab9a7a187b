//! The guide says something of everything that it should; its code is tested where it stands.

use std::fs;
use std::path::Path;

fn source(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The members of `pub enum Error`: what stands alone at the first level of indentation.
fn errors() -> Vec<String> {
    let file = source("error.rs");
    let (_, body) = file
        .split_once("pub enum Error {\n")
        .expect("there is such an enumeration");
    let (body, _) = body.split_once("\n}\n").expect("it has an end");
    let member = |line: &str| {
        let name: String = line
            .strip_prefix("    ")?
            .chars()
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        name.starts_with(char::is_uppercase).then_some(name)
    };
    body.lines().filter_map(member).collect()
}

#[test]
fn the_guide_says_what_to_do_with_each_error() {
    let chapter = source("guide/failures.md");
    let rows: Vec<&str> = chapter
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let errors = errors();
    assert!(errors.len() > 20, "they were not found: {errors:?}");
    for error in errors {
        let named = format!("`{error}`");
        assert!(
            rows.iter().any(|row| row.contains(&named)),
            "{error} is missing"
        );
    }
}

#[test]
fn every_chapter_is_in_the_list_of_chapters() {
    let list = source("guide/mod.rs");
    let chapters = list
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    for chapter in chapters.filter_map(|line| line.strip_suffix(" {}")) {
        assert!(
            list.contains(&format!("//! | [`{chapter}`] |")),
            "{chapter} is missing"
        );
        let file = format!("{chapter}.md");
        assert!(
            list.contains(&format!("include_str!(\"{file}\")")),
            "{file}"
        );
    }
}

/// The sources of a folder and of all in it.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the sources are there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(&path).expect("it is a text"));
        }
    }
    found
}

/// The names of the public asynchronous functions of a source, each with the lines in front of it
/// that document it.
fn asynchronous_functions(source: &str) -> Vec<(String, Vec<&str>)> {
    let mut documentation = Vec::new();
    let mut found = Vec::new();
    for line in source.lines().map(str::trim_start) {
        if let Some(signature) = line.strip_prefix("pub async fn ") {
            let name = signature.split(['<', '(']).next().unwrap_or_default();
            found.push((name.to_owned(), std::mem::take(&mut documentation)));
        }
        let goes_on = line.starts_with("///") || line.starts_with("#[");
        match goes_on {
            true => documentation.push(line),
            false => documentation.clear(),
        }
    }
    found
}

#[test]
fn every_asynchronous_function_says_what_dropping_it_means() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = sources(&folder);
    let functions = sources.iter().flat_map(|text| asynchronous_functions(text));
    let functions: Vec<_> = functions.collect();
    assert!(functions.len() > 100, "they were not found: {functions:?}");
    for (name, documentation) in functions {
        let says = documentation.contains(&"/// # Cancel safety");
        assert!(says, "{name} does not say it");
    }
}
