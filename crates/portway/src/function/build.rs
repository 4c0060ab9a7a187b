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
    executable, genezio,
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

/// What one package is made of: a program, or several in one project of Genezio.
#[derive(Debug)]
pub(crate) struct Order {
    folder: PathBuf,
    name: String,
    first: BuildOptions,
    further: Vec<BuildOptions>,
}

impl Order {
    pub(crate) fn of_program(options: BuildOptions) -> Self {
        Self {
            folder: options.program.folder.clone(),
            name: options.program.name.clone(),
            first: options,
            further: Vec::new(),
        }
    }

    /// The programs of a workspace, whose folder gives the project its name.
    pub(crate) fn of_workspace(
        root: PathBuf,
        first: BuildOptions,
        further: Vec<BuildOptions>,
    ) -> Self {
        let name = root.file_name().and_then(|name| name.to_str());
        Self {
            name: name.unwrap_or("functions").to_owned(),
            folder: root,
            first,
            further,
        }
    }

    /// Compiles, checks, packs, and writes the clients.
    ///
    /// # Errors
    /// What cannot be done, and what helps.
    pub(crate) fn build(&self) -> Result<Package> {
        if self.further.is_empty() {
            return build(&self.first);
        }
        let (mut all, mut clients, mut executable_size) = (Vec::new(), Vec::new(), 0);
        for options in std::iter::once(&self.first).chain(&self.further) {
            let (mut parts, written) = make(options)?;
            parts.folder = Some(options.program.name.clone());
            executable_size += parts.executable.len() as u64;
            clients.extend(written);
            all.push(parts);
        }
        let bytes = archive::zip(&genezio::project(&self.name, all)?)?;
        let path = self.package_path();
        write_package(&self.first, path, &bytes, executable_size, clients)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn architecture(&self) -> Architecture {
        self.first.architecture
    }

    /// Where the package is written.
    pub(crate) fn package_path(&self) -> PathBuf {
        package_path(&self.folder, &self.name, &self.first)
    }
}

/// Compiles, checks, packs, and writes the clients.
///
/// # Errors
/// What cannot be done, and what helps.
pub(crate) fn build(options: &BuildOptions) -> Result<Package> {
    let (parts, clients) = make(options)?;
    let executable_size = parts.executable.len() as u64;
    let entries = parts.entries();
    let bytes = match entries.as_slice() {
        [module] if options.is_single_file => module.bytes.clone(),
        _ => archive::zip(&entries)?,
    };
    let path = package_path(&options.program.folder, &options.program.name, options);
    write_package(options, path, &bytes, executable_size, clients)
}

/// Compiles, checks, and writes the clients.
fn make(options: &BuildOptions) -> Result<(Parts, Vec<PathBuf>)> {
    let program = &options.program;
    let file = match &options.executable {
        Some(file) => file.clone(),
        None => cargo::compile_static(program, options.architecture)?,
    };
    let executable = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    executable::check(&executable, options.architecture)?;
    let description = Description::of(&runnable(options, file)?)?;
    let clients = write_clients_of(program, &description)?;
    let addon = match options.platform.is_javascript() {
        true => addon::compile(options.architecture, tempfile::tempdir()?.path())?,
        false => None,
    };
    let parts = Parts {
        platform: options.platform,
        architecture: options.architecture,
        name: program.name.clone(),
        version: program.version.clone(),
        executable,
        addon,
        classes: match options.platform {
            Platform::Genezio => typescript::classes(&description),
            _ => Vec::new(),
        },
        is_single_file: options.is_single_file,
        folder: None,
    };
    Ok((parts, clients))
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

fn package_path(folder: &Path, name: &str, options: &BuildOptions) -> PathBuf {
    let name = format!(
        "{name}-{}-{}.{}",
        options.platform.name(),
        options.architecture.name(),
        if options.is_single_file { "mjs" } else { "zip" }
    );
    folder.join("target").join("function").join(name)
}

fn write_package(
    options: &BuildOptions,
    path: PathBuf,
    bytes: &[u8],
    executable_size: u64,
    clients: Vec<PathBuf>,
) -> Result<Package> {
    let folder = path.parent().context("a package has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Package {
        size: bytes.len() as u64,
        package: path,
        platform: options.platform.name(),
        architecture: options.architecture.name(),
        executable_size,
        clients,
    })
}
