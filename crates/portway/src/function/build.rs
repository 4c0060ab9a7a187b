//! From a project to a package.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{
    Architecture, Platform, addon, archive,
    cargo::{self, Program},
    description::Description,
    executable,
    layout::Parts,
    typescript,
};

/// What to build.
#[derive(Debug)]
pub(crate) struct BuildOptions {
    pub(crate) program: Program,
    pub(crate) platform: Platform,
    pub(crate) architecture: Architecture,
    /// Everything in one JavaScript file.
    pub(crate) is_single_file: bool,
    /// An executable that is there already, in place of compiling one.
    pub(crate) executable: Option<PathBuf>,
}

/// A package that was built.
#[derive(Debug, Serialize)]
pub(crate) struct Package {
    /// The zip file, or the module if it is all in one.
    pub(crate) package: PathBuf,
    pub(crate) platform: &'static str,
    pub(crate) architecture: &'static str,
    /// Bytes of the package.
    pub(crate) size: u64,
    /// Bytes of the executable in it.
    pub(crate) executable_size: u64,
    /// Folders of TypeScript clients that were written.
    pub(crate) clients: Vec<PathBuf>,
}

/// Compiles, checks, packs, and writes the clients.
///
/// # Errors
/// What cannot be done, and what helps.
pub(crate) fn build(options: &BuildOptions) -> Result<Package> {
    let program = &options.program;
    let file = match &options.executable {
        Some(file) => file.clone(),
        None => cargo::compile_static(program, options.architecture)?,
    };
    let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    executable::check(&bytes, options.architecture)?;
    let description = Description::of(&runnable(options, file)?)?;
    let clients = write_clients_of(program, &description)?;
    let executable_size = bytes.len() as u64;
    let package = write_package(options, bytes, &description)?;
    Ok(Package {
        size: fs::metadata(&package)?.len(),
        package,
        platform: options.platform.name(),
        architecture: options.architecture.name(),
        executable_size,
        clients,
    })
}

/// An executable that this machine can ask for its description: the packed one, or one for this processor.
fn runnable(options: &BuildOptions, file: PathBuf) -> Result<PathBuf> {
    if Architecture::here() == Some(options.architecture) {
        return Ok(file);
    }
    cargo::compile_here(&options.program, false)
}

/// Asks an executable for its JSON-RPC services and writes a client of them into `client/` of the project. Without services there is
/// nothing to write.
///
/// # Errors
/// If the description cannot be had or the files not be written.
pub(crate) fn write_clients(program: &Program, executable: &Path) -> Result<Vec<PathBuf>> {
    write_clients_of(program, &Description::of(executable)?)
}

fn write_clients_of(program: &Program, description: &Description) -> Result<Vec<PathBuf>> {
    if description.services.is_empty() {
        return Ok(Vec::new());
    }
    let folder = program.folder.join("client");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in typescript::files(&program.name, &program.version, description) {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(vec![folder])
}

/// Where the package is written.
pub(crate) fn package_path(options: &BuildOptions) -> PathBuf {
    let name = format!(
        "{}-{}-{}.{}",
        options.program.name,
        options.platform.name(),
        options.architecture.name(),
        if options.is_single_file { "mjs" } else { "zip" }
    );
    let folder = options.program.folder.join("target").join("function");
    folder.join(name)
}

fn write_package(
    options: &BuildOptions,
    executable: Vec<u8>,
    description: &Description,
) -> Result<PathBuf> {
    let path = package_path(options);
    let folder = path.parent().context("a package has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let addon = if options.platform.is_javascript() {
        addon::compile(options.architecture, tempfile::tempdir()?.path())?
    } else {
        None
    };
    let parts = Parts {
        platform: options.platform,
        architecture: options.architecture,
        name: options.program.name.clone(),
        version: options.program.version.clone(),
        executable,
        addon,
        classes: match options.platform {
            Platform::Genezio => typescript::classes(description),
            _ => Vec::new(),
        },
        is_single_file: options.is_single_file,
    };
    let entries = parts.entries();
    let bytes = match entries.as_slice() {
        [module] if options.is_single_file => module.bytes.clone(),
        _ => archive::zip(&entries)?,
    };
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
