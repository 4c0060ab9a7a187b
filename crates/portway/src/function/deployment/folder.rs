//! The files of a package as a platform's CLI wants to find them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{
    super::{Platform, hosting::package},
    DeployOptions,
};

/// Where the files of a package are laid out: beside it.
pub(crate) fn folder_of(package: &Path) -> PathBuf {
    package.with_extension("deploy")
}

/// Lays the files of a package out anew.
///
/// # Errors
/// If the package cannot be read, or the files not be written.
pub(crate) fn lay_out(options: &DeployOptions, package: &Path) -> Result<()> {
    let folder = folder_of(package);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let files = folder.join(place(options));
    fs::create_dir_all(&files).with_context(|| format!("cannot make {}", files.display()))?;
    package::unpack(package, &files)?;
    for (path, text) in beside(options) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Where in the folder the package itself belongs.
fn place(options: &DeployOptions) -> String {
    match options.platform {
        Platform::Vercel => ".vercel/output/functions/index.func".to_owned(),
        Platform::Netlify => format!("functions/{}", options.name),
        _ => String::new(),
    }
}

/// What the platform wants beside it: every path leads to the function.
fn beside(options: &DeployOptions) -> Vec<(&'static str, String)> {
    match options.platform {
        // The Build Output API, version 3.
        Platform::Vercel => vec![(
            ".vercel/output/config.json",
            "{ \"version\": 3, \"routes\": [{ \"src\": \"/.*\", \"dest\": \"/\" }] }\n".to_owned(),
        )],
        // A module that is not bundled keeps its executable beside it.
        Platform::Netlify => vec![
            (
                "netlify.toml",
                format!(
                    "[functions]\nnode_bundler = \"none\"\nincluded_files = [\"functions/{0}/**\"]\n\n[[redirects]]\nfrom = \"/*\"\n\
                     to = \"/.netlify/functions/{0}\"\nstatus = 200\n",
                    options.name
                ),
            ),
            ("public/.keep", String::new()),
        ],
        _ => Vec::new(),
    }
}
