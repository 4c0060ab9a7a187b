//! New projects from templates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::template::{Contents, Template};
use crate::failure::Advised;

/// The checkout that this program was built from; projects use its crates until they are published.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Makes the project `name` in `folder` and gives its folder. An enrolment goes straight to `grid`, if one is named.
///
/// # Errors
/// If the name cannot be one of a package, something is there already, or the files cannot be written.
pub(crate) fn create(
    folder: &Path,
    name: &str,
    template: Template,
    grid: Option<&str>,
) -> Result<PathBuf> {
    check_name(name)?;
    let project = folder.join(name);
    if project.exists() {
        let message = format!("{} is there already", project.display());
        return Err(Advised::failed(message, "choose another name, or remove it first").into());
    }
    let contents = template.contents(grid);
    let common = [
        ("Cargo.toml", manifest(name, &contents).into()),
        (".gitignore", "/target\n/client\n".into()),
    ];
    for (path, text) in common.iter().chain(&contents.files) {
        let path = project.join(path);
        let parent = path.parent().unwrap_or(&project);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&path, text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(project)
}

/// Names of folders in which cargo keeps what it builds; a program of such a name does not compile.
const FOLDERS_OF_CARGO: [&str; 4] = ["build", "deps", "examples", "incremental"];

fn check_name(name: &str) -> Result<()> {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let hint = if !starts_well || !name.chars().all(legal) || name.len() > 64 {
        "use up to 64 letters, digits, `-` and `_`, a letter first"
    } else if FOLDERS_OF_CARGO.contains(&name) {
        "cargo has a folder of this name: choose another"
    } else {
        return Ok(());
    };
    let message = format!("{name:?} cannot be the name of a package");
    Err(Advised::wrong_use(message, hint).into())
}

fn manifest(name: &str, contents: &Contents) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let ours: String = contents
        .crates
        .iter()
        .map(|name| format!("{name} = \"{version}\"\n"))
        .collect();
    let further = contents.dependencies;
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\naxum = {{ version = \"0.8\", \
         default-features = false, features = [\"json\", \"query\"] }}\n{ours}{further}\n\
         [profile.release]\nopt-level = \"s\"\nlto = \"thin\"\ncodegen-units = 1\nstrip = \"symbols\"\n\n\
         # A project of its own, wherever its folder is.\n[workspace]\n"
    );
    text.push_str(&patches(contents));
    text
}

/// Names the checkout, where there is one.
fn patches(contents: &Contents) -> String {
    let all = contents.crates.iter().chain(contents.needed_crates);
    if !Path::new(CHECKOUT).join("portway-function").is_dir() {
        return String::new();
    }
    let mut text = String::from(
        "\n# The crates are not published yet: they come from the checkout that made this project.\n[patch.crates-io]\n",
    );
    for name in all {
        let path = Path::new(CHECKOUT).join(name);
        let path = fs::canonicalize(&path).unwrap_or(path);
        text.push_str(&format!(
            "{name} = {{ path = {:?} }}\n",
            path.display().to_string()
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cargo_refuses_is_refused_at_once() {
        for name in ["", "1st", "a b", "../up", "straße", "deps", "examples"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("my-function_2").is_ok());
    }

    #[test]
    fn a_project_does_not_overwrite_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        create(folder.path(), "one", Template::Http, None).expect("a project");
        let error = create(folder.path(), "one", Template::Cron, None).expect_err("it is there");
        assert!(error.to_string().contains("already"), "{error}");
    }

    #[test]
    fn the_addresses_of_a_grid_are_in_the_program_that_goes_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let grid = Some("grid.example.com:10800");
        let project = create(folder.path(), "door", Template::Enrolment, grid).expect("a project");
        let place = fs::read_to_string(project.join("src/place.rs")).expect("a file");
        assert!(place.contains("const GRID: &str = \"grid.example.com:10800\";"));
    }
}
