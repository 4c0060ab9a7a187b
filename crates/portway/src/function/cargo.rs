//! What cargo knows of the project, and compiling it.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Architecture;
use crate::failure::{Advise as _, Advised};

/// The library whose programs are functions.
const LIBRARY: &str = "portway-function";

/// A program of a cargo project.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The name of the executable.
    pub(crate) name: String,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
    /// The version of its package.
    pub(crate) version: String,
    /// Whether its package uses `portway-function`.
    is_function: bool,
    manifest: PathBuf,
}

/// The programs of a project.
#[derive(Debug)]
pub(crate) struct Services {
    /// The folder of the workspace, or of the only package.
    pub(crate) root: PathBuf,
    /// At least one.
    pub(crate) programs: Vec<Program>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_default_members: Vec<String>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    id: String,
    version: String,
    manifest_path: PathBuf,
    default_run: Option<String>,
    targets: Vec<MetadataTarget>,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    name: String,
}

#[derive(Deserialize)]
struct MetadataTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<MetadataTarget>,
}

impl Program {
    /// Finds the program of the project in `folder`: the only one, the package's `default-run`, or the one called `name`.
    ///
    /// # Errors
    /// If there is no project, or it is not clear which program is meant.
    pub(crate) fn find(folder: &Path, name: Option<&str>) -> Result<Self> {
        let mut programs = Self::all(folder, name)?.programs;
        match programs.len() {
            1 => Ok(programs.remove(0)),
            _ => Err(Advised::wrong_use(
                format!("the project has several programs: {}", names(&programs)),
                "choose one with --bin NAME",
            )
            .into()),
        }
    }

    /// Finds the programs of the project in `folder`, of all members if it is a workspace: those called `name`, or all that use
    /// `portway-function`.
    ///
    /// # Errors
    /// If there is no project, or no program in it.
    pub(crate) fn all(folder: &Path, name: Option<&str>) -> Result<Services> {
        let metadata = metadata(folder)?;
        let root = metadata.workspace_root.clone();
        let packages = metadata.members_at(folder);
        let mut programs: Vec<_> = packages
            .iter()
            .flat_map(|package| Self::of(package, name))
            .collect();
        if name.is_none() && programs.iter().any(|program| program.is_function) {
            programs.retain(|program| program.is_function);
        }
        if !programs.is_empty() {
            return Ok(Services { root, programs });
        }
        let named = name.map(|name| format!(" {name}")).unwrap_or_default();
        Err(Advised::failed(
            format!("the project in {} has no program{named}", folder.display()),
            "a program has a src/main.rs; `portway function new NAME` makes one",
        )
        .into())
    }

    fn of(package: &MetadataPackage, name: Option<&str>) -> Vec<Self> {
        let wanted = name.or(package.default_run.as_deref());
        package
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .filter(|target| wanted.is_none_or(|wanted| wanted == target.name))
            .map(|target| Self {
                name: target.name.clone(),
                folder: package
                    .manifest_path
                    .parent()
                    .unwrap_or(Path::new("."))
                    .to_owned(),
                version: package.version.clone(),
                is_function: package
                    .dependencies
                    .iter()
                    .any(|dependency| dependency.name == LIBRARY),
                manifest: package.manifest_path.clone(),
            })
            .collect()
    }
}

impl Metadata {
    /// The member in this folder; in that of the workspace, the members that cargo works on by default.
    fn members_at(self, folder: &Path) -> Vec<MetadataPackage> {
        let folder = folder.canonicalize().ok();
        let is_same = |own: &Path| own.canonicalize().ok() == folder;
        let is_here =
            |package: &MetadataPackage| package.manifest_path.parent().is_some_and(is_same);
        let is_one = !is_same(&self.workspace_root) && self.packages.iter().any(is_here);
        let defaults = self.workspace_default_members;
        let is_wanted = |package: &MetadataPackage| match is_one {
            true => is_here(package),
            false => defaults.contains(&package.id),
        };
        self.packages.into_iter().filter(is_wanted).collect()
    }
}

fn names(programs: &[Program]) -> String {
    let names: Vec<_> = programs
        .iter()
        .map(|program| program.name.as_str())
        .collect();
    names.join(", ")
}

fn metadata(folder: &Path) -> Result<Metadata> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--no-deps"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .advise("cannot run cargo", "install Rust: https://rustup.rs")?;
    if !output.status.success() {
        return Err(Advised::failed(
            format!(
                "{} is no cargo project: {}",
                folder.display(),
                String::from_utf8_lossy(&output.stderr)
                    .lines()
                    .next()
                    .unwrap_or_default()
            ),
            "go to the project's folder, or make one with `portway function new NAME`",
        )
        .into());
    }
    serde_json::from_slice(&output.stdout).context("what `cargo metadata` says cannot be read")
}

/// Compiles a program for this machine, for running it here.
///
/// # Errors
/// If it does not compile; the compiler has said why.
pub(crate) fn compile_here(program: &Program, release: bool) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.arg("build");
    if release {
        command.arg("--release");
    }
    compile(program, command)
}

/// Compiles a program as a static, stripped executable of one processor, and gives the file.
///
/// # Errors
/// If the tool chain lacks the target or its linker, or the program does not compile.
pub(crate) fn compile_static(program: &Program, architecture: Architecture) -> Result<PathBuf> {
    let tools = Tools::find(architecture)?;
    let mut command = Command::new("cargo");
    command.args([tools.subcommand, "--release", "--target", &tools.triple]);
    // Set here, they win over what a configuration file may say, such as `target-cpu=native`.
    command.env("RUSTFLAGS", "-Ctarget-feature=+crt-static -Cstrip=symbols");
    command.env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Some(linker) = tools.linker {
        let triple = tools.triple.to_uppercase().replace('-', "_");
        command.env(format!("CARGO_TARGET_{triple}_LINKER"), linker);
        command.env(format!("CC_{}", tools.triple.replace('-', "_")), linker);
    }
    compile(program, command)
}

fn compile(program: &Program, mut command: Command) -> Result<PathBuf> {
    let mut child = command
        .args([
            "--bin",
            &program.name,
            "--message-format=json-render-diagnostics",
        ])
        .arg("--manifest-path")
        .arg(&program.manifest)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .advise("cannot run cargo", "install Rust: https://rustup.rs")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut executable = None;
    for line in BufReader::new(stdout).lines() {
        executable = executable_of(&line?, &program.name).or(executable);
    }
    if !child.wait()?.success() {
        let message = format!("{} does not compile", program.name);
        return Err(Advised::failed(message, "the compiler says above what is wrong").into());
    }
    executable.context("cargo did not say where the executable is")
}

/// A line that tells of the finished program; the many others are of no interest.
fn executable_of(line: &str, name: &str) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(line).ok()?;
    let target = message.target?;
    (target.name == name)
        .then_some(message.executable)
        .flatten()
}

/// How executables of a processor are linked on this machine.
#[derive(Debug)]
pub(crate) struct Tools {
    triple: String,
    linker: Option<&'static str>,
    subcommand: &'static str,
}

impl Tools {
    /// musl through cargo-zigbuild where both are there, else static glibc with the C compiler of the target.
    ///
    /// # Errors
    /// What is missing, and the command that installs it.
    pub(crate) fn find(architecture: Architecture) -> Result<Self> {
        let triple = |library| format!("{}-unknown-linux-{library}", architecture.in_triples());
        let (musl, gnu) = (triple("musl"), triple("gnu"));
        if has_target(&musl) && runs("cargo-zigbuild", "--version") {
            return Ok(Self {
                triple: musl,
                linker: None,
                subcommand: "zigbuild",
            });
        }
        let linker = match architecture {
            _ if Architecture::here() == Some(architecture) => "cc",
            Architecture::Arm64 => "aarch64-linux-gnu-gcc",
            Architecture::X86_64 => "x86_64-linux-gnu-gcc",
        };
        if !has_target(&gnu) {
            return Err(Advised::failed(
                format!("the tool chain cannot compile for {gnu}"),
                format!("add the target: rustup target add {gnu}"),
            )
            .into());
        }
        if !runs(linker, "--version") {
            let package = match architecture {
                Architecture::Arm64 => "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
                Architecture::X86_64 => "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
            };
            return Err(Advised::failed(
                format!("there is no linker {linker}"),
                format!("install it: apt install {package}; or use musl: pip install cargo-zigbuild ziglang and rustup target add {musl}"),
            )
            .into());
        }
        Ok(Self {
            triple: gnu,
            linker: Some(linker),
            subcommand: "build",
        })
    }

    /// For people: what is linked, and by what.
    pub(crate) fn description(&self) -> String {
        match self.linker {
            Some(linker) => format!("static executables for {} by {linker}", self.triple),
            None => format!("static executables for {} by cargo-zigbuild", self.triple),
        }
    }
}

/// Whether the tool chain has the standard library of a target.
pub(crate) fn has_target(triple: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", triple])
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

/// Whether a program is there and runs.
pub(crate) fn runs(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
