//! Packages on this machine: unpacked as platforms do, and started by what they hold.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::super::cargo::runs;
use crate::failure::{Advise as _, Advised};

const HOST: &str = include_str!("host.mjs");

/// A package in a folder of its own, which is removed with it.
#[derive(Debug)]
pub(crate) struct Unpacked {
    folder: TempDir,
}

impl Unpacked {
    /// Unpacks a zip file with the permissions in it, or takes a single JavaScript file.
    ///
    /// # Errors
    /// If it is no package, or there is no place for it.
    pub(crate) fn of(package: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("portway-").tempdir();
        let folder = folder.context("cannot make a folder for the package")?;
        if package
            .extension()
            .is_some_and(|extension| extension == "mjs")
        {
            fs::copy(package, folder.path().join("index.mjs"))
                .with_context(|| format!("cannot read {}", package.display()))?;
        } else {
            unpack(package, folder.path())?;
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The module that exports `handler`; none in packages of a custom runtime.
    pub(crate) fn module(&self) -> Option<PathBuf> {
        let module = self.folder().join("index.mjs");
        module.exists().then_some(module)
    }

    /// Runs its `bootstrap`, or its module in Node.
    ///
    /// # Errors
    /// If it has neither, or there is no Node.
    pub(crate) fn command(&self) -> Result<Command> {
        let bootstrap = self.folder().join("bootstrap");
        if bootstrap.exists() {
            let mut command = Command::new(bootstrap);
            command.current_dir(self.folder());
            return Ok(command);
        }
        self.host(&[])
    }

    /// Runs its module in Node, called by the host in the form that `words` say.
    ///
    /// # Errors
    /// If it has none, or there is no Node.
    pub(crate) fn host(&self, words: &[&str]) -> Result<Command> {
        let module = self.module().ok_or_else(|| {
            Advised::failed(
                "the package has neither index.mjs nor bootstrap",
                "make one with `portway function build`",
            )
        })?;
        check_node()?;
        let host = self.folder().join("portway-host.mjs");
        fs::write(&host, HOST).context("cannot write the host of the package")?;
        let mut command = Command::new("node");
        command
            .arg(host)
            .arg(module)
            .args(words)
            .current_dir(self.folder());
        Ok(command)
    }
}

/// # Errors
/// If there is no Node, with the way to one.
pub(super) fn check_node() -> Result<()> {
    if runs("node", "--version") {
        return Ok(());
    }
    Err(Advised::failed(
        "there is no node, which runs the module of the package",
        "install Node 20 or newer: https://nodejs.org",
    )
    .into())
}

/// Unpacks a zip file into a folder, with the permissions in it.
///
/// # Errors
/// If it is no archive, or there is no place for it.
pub(crate) fn unpack(package: &Path, folder: &Path) -> Result<()> {
    let file = File::open(package).with_context(|| format!("cannot read {}", package.display()))?;
    let mut archive = zip::ZipArchive::new(file).advise(
        format!("{} is no package", package.display()),
        "make one with `portway function build`; it prints where the package is",
    )?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        // A name that leads out of the folder is none of ours.
        let Some(name) = entry.enclosed_name().filter(|_| entry.is_file()) else {
            continue;
        };
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::io::copy(&mut entry, &mut File::create(&path)?)
            .with_context(|| format!("cannot unpack {}", package.display()))?;
        let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::archive::{Entry, zip};

    #[test]
    fn a_package_is_unpacked_with_its_permissions() {
        let folder = tempfile::tempdir().expect("a folder");
        let package = folder.path().join("package.zip");
        let bootstrap = Entry {
            path: "bootstrap".into(),
            bytes: b"#!/bin/sh\n".to_vec(),
            is_executable: true,
        };
        let entries = [bootstrap, Entry::text("folder/notes", "text")];
        fs::write(&package, zip(&entries).expect("an archive")).expect("a file");
        let unpacked = Unpacked::of(&package).expect("a package");
        let mode = |name: &str| {
            let metadata = fs::metadata(unpacked.folder().join(name)).expect("a file");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode("bootstrap"), mode("folder/notes")), (0o755, 0o644));
        assert_eq!(unpacked.module(), None);
    }

    #[test]
    fn what_is_no_archive_is_refused_with_the_way_to_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let package = folder.path().join("package.zip");
        fs::write(&package, "text").expect("a file");
        let error = Unpacked::of(&package).expect_err("it is a text");
        assert!(error.to_string().contains("is no package"), "{error}");
    }
}
