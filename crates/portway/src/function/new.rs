//! New projects from templates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::failure::Advised;

/// What a new project starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Routes: `GET /` answers {"msg":"Hello rust!"}
    Http,
    /// Typed methods over JSON-RPC, with a TypeScript client
    JsonRpc,
    /// Work that a schedule starts
    Cron,
}

/// The checkout that this program was built from; projects use its crates until they are published.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const CRATES: [&str; 2] = ["portway-function", "portway-function-macros"];

impl Template {
    fn source(self) -> &'static str {
        match self {
            Self::Http => include_str!("templates/http.rs"),
            Self::JsonRpc => include_str!("templates/json_rpc.rs"),
            Self::Cron => include_str!("templates/cron.rs"),
        }
    }

    /// Dependencies besides axum and portway-function.
    fn dependencies(self) -> &'static str {
        match self {
            Self::Http => "serde = { version = \"1\", features = [\"derive\"] }\n",
            Self::JsonRpc | Self::Cron => "",
        }
    }
}

/// Makes the project `name` in `folder` and gives its folder.
///
/// # Errors
/// If the name cannot be one of a package, something is there already, or the files cannot be written.
pub(crate) fn create(folder: &Path, name: &str, template: Template) -> Result<PathBuf> {
    check_name(name)?;
    let project = folder.join(name);
    if project.exists() {
        let message = format!("{} is there already", project.display());
        return Err(Advised::failed(message, "choose another name, or remove it first").into());
    }
    let files = [
        ("Cargo.toml", manifest(name, template)),
        ("src/main.rs", template.source().to_owned()),
        (".gitignore", "/target\n/client\n".to_owned()),
    ];
    for (path, text) in files {
        let path = project.join(path);
        let parent = path.parent().unwrap_or(&project);
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(project)
}

fn check_name(name: &str) -> Result<()> {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if starts_well && name.chars().all(legal) && name.len() <= 64 {
        return Ok(());
    }
    Err(Advised::wrong_use(
        format!("{name:?} cannot be the name of a package"),
        "use up to 64 letters, digits, `-` and `_`, a letter first",
    )
    .into())
}

fn manifest(name: &str, template: Template) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let further = template.dependencies();
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\naxum = {{ version = \"0.8\", \
         default-features = false, features = [\"json\", \"query\"] }}\nportway-function = \"{version}\"\n{further}\n\
         [profile.release]\nopt-level = \"s\"\nlto = \"thin\"\ncodegen-units = 1\nstrip = \"symbols\"\n\n\
         # A project of its own, wherever its folder is.\n[workspace]\n"
    );
    if Path::new(CHECKOUT).join(CRATES[0]).is_dir() {
        text.push_str("\n# The crates are not published yet: they come from the checkout that made this project.\n[patch.crates-io]\n");
        for name in CRATES {
            let path = fs::canonicalize(Path::new(CHECKOUT).join(name))
                .unwrap_or_else(|_| Path::new(CHECKOUT).join(name));
            text.push_str(&format!(
                "{name} = {{ path = {:?} }}\n",
                path.display().to_string()
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cargo_refuses_is_refused_at_once() {
        for name in ["", "1st", "a b", "../up", "straße"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("my-function_2").is_ok());
    }

    #[test]
    fn a_project_does_not_overwrite_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        create(folder.path(), "one", Template::Http).expect("a project");
        let error = create(folder.path(), "one", Template::Cron).expect_err("it is there");
        assert!(error.to_string().contains("already"), "{error}");
    }
}
