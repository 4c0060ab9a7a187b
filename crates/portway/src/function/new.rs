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
    /// A page on which guests with an invitation enrol at a gateway
    Enrolment,
}

/// The checkout that this program was built from; projects use its crates until they are published.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

impl Template {
    /// Its files beside the manifest.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Http => &[("src/main.rs", include_str!("templates/http.rs"))],
            Self::JsonRpc => &[("src/main.rs", include_str!("templates/json_rpc.rs"))],
            Self::Cron => &[("src/main.rs", include_str!("templates/cron.rs"))],
            Self::Enrolment => &[
                ("src/main.rs", include_str!("templates/enrolment/main.rs")),
                (
                    "src/gateway.rs",
                    include_str!("templates/enrolment/gateway.rs"),
                ),
                (
                    "src/page/index.html",
                    include_str!("templates/enrolment/page/index.html"),
                ),
                (
                    "src/page/style.css",
                    include_str!("templates/enrolment/page/style.css"),
                ),
                (
                    "src/page/enrol.js",
                    include_str!("templates/enrolment/page/enrol.js"),
                ),
                (
                    "src/page/qr.js",
                    include_str!("templates/enrolment/page/qr.js"),
                ),
            ],
        }
    }

    /// Our crates that it uses, the first ones by name.
    fn crates(self) -> &'static [&'static str] {
        match self {
            Self::Enrolment => &["portway-function", "portway-control", "portway-rpc"],
            Self::Http | Self::JsonRpc | Self::Cron => &["portway-function"],
        }
    }

    /// Further crates of ours that these need.
    fn needed_crates(self) -> &'static [&'static str] {
        match self {
            Self::Enrolment => &["portway-function-macros", "portway-rpc-macros"],
            Self::Http | Self::JsonRpc | Self::Cron => &["portway-function-macros"],
        }
    }

    /// Dependencies besides axum and our crates.
    fn dependencies(self) -> &'static str {
        match self {
            Self::Http => "serde = { version = \"1\", features = [\"derive\"] }\n",
            Self::JsonRpc | Self::Cron => "",
            Self::Enrolment => {
                "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n\
                 tokio = { version = \"1\", features = [\"sync\", \"time\"] }\n"
            }
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
    let manifest = manifest(name, template);
    let common = [
        ("Cargo.toml", manifest.as_str()),
        (".gitignore", "/target\n/client\n"),
    ];
    for (path, text) in common.iter().chain(template.files()) {
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
    let ours: String = template
        .crates()
        .iter()
        .map(|name| format!("{name} = \"{version}\"\n"))
        .collect();
    let further = template.dependencies();
    let mut text = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\naxum = {{ version = \"0.8\", \
         default-features = false, features = [\"json\", \"query\"] }}\n{ours}{further}\n\
         [profile.release]\nopt-level = \"s\"\nlto = \"thin\"\ncodegen-units = 1\nstrip = \"symbols\"\n\n\
         # A project of its own, wherever its folder is.\n[workspace]\n"
    );
    text.push_str(&patches(template));
    text
}

/// Names the checkout, where there is one.
fn patches(template: Template) -> String {
    let all = template.crates().iter().chain(template.needed_crates());
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
