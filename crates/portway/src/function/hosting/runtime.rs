//! The platforms' own local runtimes: from npm, each once, kept in the user's cache folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use etcetera::BaseStrategy as _;
use serde::Deserialize;

use crate::{
    failure::{Advise as _, Advised},
    output,
};

/// The versions, with which packages are tested.
const MANIFEST: &str = include_str!("package.json");

#[derive(Deserialize)]
struct Manifest {
    dependencies: BTreeMap<String, String>,
}

/// The folder of a runtime that is installed, now if it was not yet.
///
/// # Errors
/// If it cannot be had.
pub(super) fn installed(name: &str) -> Result<PathBuf> {
    let manifest: Manifest = serde_json::from_str(MANIFEST).context("the list of runtimes")?;
    let version = manifest.dependencies.get(name);
    let version = version.with_context(|| format!("{name} is no runtime that is known"))?;
    let cache = etcetera::choose_base_strategy()?.cache_dir();
    let folder = cache
        .join("portway")
        .join(format!("{}-{version}", name.replace(['@', '/'], "-")));
    if !folder.exists() {
        install(name, version, &folder)?;
    }
    Ok(folder.join("node_modules").join(name))
}

/// Installs beside the folder first: one that is there is whole.
fn install(name: &str, version: &str, folder: &Path) -> Result<()> {
    let parent = folder.parent().context("the cache folder has no parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let scratch = tempfile::tempdir_in(parent).context("cannot make a folder for the runtime")?;
    output::remark(&format!("installing {name} {version} from npm, once"));
    let status = Command::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-package-lock",
            "--prefix",
        ])
        .arg(scratch.path())
        .arg(format!("{name}@{version}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .advise(
            "cannot run npm",
            "install Node with npm: https://nodejs.org",
        )?;
    if !status.success() {
        return Err(Advised::failed(
            format!("npm could not install {name} {version}"),
            "npm says above why; the platform's runtime is needed for --emulate only",
        )
        .into());
    }
    match fs::rename(scratch.path(), folder) {
        // Another process was faster.
        Err(_) if folder.exists() => Ok(()),
        renamed => renamed.with_context(|| format!("cannot make {}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_has_one_exact_version() {
        let manifest: Manifest = serde_json::from_str(MANIFEST).expect("a list");
        assert_eq!(manifest.dependencies.len(), 3);
        for (name, version) in manifest.dependencies {
            assert!(
                version.starts_with(|first: char| first.is_ascii_digit()),
                "{name}"
            );
        }
    }
}
