//! The packages and the yardsticks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::contender::write;
use crate::program;

/// What is fetched from npm: the runtime that judges packages in the tests, and the versions of Node.
const RUNTIMES: &str = include_str!("package.json");

/// The plain handler that all are compared with.
const JAVASCRIPT: &str = r#"export const handler = async () => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ msg: "Hello rust!" }),
});
"#;

/// The known technique: the executable as a text in a class, written to a fixed place and run by the constructor, which waits for ever.
const KNOWN: &str = r#"import { writeFileSync, chmodSync } from "node:fs";
import { execSync } from "node:child_process";
const payload = "PAYLOAD";
class Trap {
  constructor() {
    writeFileSync("/tmp/portway-bench-trap", Buffer.from(payload, "base64"));
    chmodSync("/tmp/portway-bench-trap", 0o755);
    execSync("/tmp/portway-bench-trap", { stdio: "inherit" });
  }
}
const trap = new Trap();
export const handler = async () => trap;
"#;

/// Where everything is.
#[derive(Debug)]
pub(crate) struct World {
    folder: PathBuf,
    pub(crate) nodes: Vec<(&'static str, PathBuf)>,
    /// Lambda's own runtime client for Node.
    pub(crate) client: PathBuf,
    pub(crate) take_over: PathBuf,
    pub(crate) single_file: PathBuf,
}

/// Fetches the runtimes and builds the packages.
///
/// # Errors
///
/// Fails when one cannot be had.
pub(crate) fn world(portway: &Path, folder: &Path) -> anyhow::Result<World> {
    fs::create_dir_all(folder)?;
    let modules = runtimes(folder)?;
    let project = project(portway, folder)?;
    let zip = build(portway, &project, &["--platform", "lambda-node"])?;
    let module = build(
        portway,
        &project,
        &["--platform", "lambda-node", "--single-file"],
    )?;
    let take_over = folder.join("take-over");
    fs::create_dir_all(&take_over)?;
    program::run(&["unzip", "-qo", &text(&zip), "-d", &text(&take_over)])?;
    let single_file = folder.join("single-file");
    write(&single_file, "index.mjs", fs::read(module)?)?;
    Ok(World {
        nodes: nodes(&modules)?,
        client: modules.join("aws-lambda-ric/index.mjs"),
        take_over,
        single_file,
        folder: folder.to_owned(),
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn runtimes(folder: &Path) -> anyhow::Result<PathBuf> {
    let runtimes = folder.join("runtimes");
    if fs::read_to_string(runtimes.join("installed"))
        .ok()
        .as_deref()
        != Some(RUNTIMES)
    {
        write(&runtimes, "package.json", RUNTIMES)?;
        let mut install = Command::new("npm");
        install
            .args(["install", "--no-package-lock", "--no-audit", "--no-fund"])
            .current_dir(&runtimes);
        program::output_of(&mut install)?;
        write(&runtimes, "installed", RUNTIMES)?;
    }
    Ok(runtimes.join("node_modules"))
}

/// Node 20 is that of the system, where it has one.
fn nodes(modules: &Path) -> anyhow::Result<Vec<(&'static str, PathBuf)>> {
    let mut nodes = Vec::new();
    if program::run(&["node", "--version"])?.starts_with("v20.") {
        let found = program::run(&["which", "node"])?;
        nodes.push(("Node 20", PathBuf::from(found.trim())));
    }
    for (version, package) in [("Node 22", "node22"), ("Node 24", "node24")] {
        let node = modules.join(package).join("bin/node");
        ensure!(node.exists(), "{} is missing", node.display());
        nodes.push((version, node));
    }
    Ok(nodes)
}

fn project(portway: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let project = folder.join("hello");
    if !project.exists() {
        let mut new = Command::new(portway);
        new.args(["function", "new", "hello", "--template", "http"])
            .current_dir(folder);
        program::output_of(&mut new)?;
    }
    Ok(project)
}

fn build(portway: &Path, project: &Path, options: &[&str]) -> anyhow::Result<PathBuf> {
    let mut build = Command::new(portway);
    build
        .args(["function", "build"])
        .args(options)
        .current_dir(project);
    let package = program::output_of(&mut build).context("building the package")?;
    Ok(package.trim().into())
}

impl World {
    /// The plain handler.
    pub(crate) fn javascript(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join("javascript");
        write(&folder, "index.mjs", JAVASCRIPT)?;
        Ok(folder)
    }

    /// The known technique with our executable.
    pub(crate) fn known(&self) -> anyhow::Result<PathBuf> {
        let executable = fs::read(self.take_over.join("function"))?;
        let folder = self.folder.join("known");
        write(
            &folder,
            "index.mjs",
            KNOWN.replace("PAYLOAD", &STANDARD.encode(executable)),
        )?;
        Ok(folder)
    }

    /// The package as platforms without a Runtime API get it.
    pub(crate) fn child(&self) -> anyhow::Result<PathBuf> {
        self.changed("child", r#""takeOver":true"#, r#""takeOver":false"#)
    }

    /// The package without its add-on.
    pub(crate) fn waiting(&self) -> anyhow::Result<PathBuf> {
        self.changed("waiting", r#""addon":"execve.node""#, r#""addon":null"#)
    }

    fn changed(&self, name: &str, from: &str, to: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        fs::copy(self.take_over.join("function"), folder.join("function"))?;
        let module = fs::read_to_string(self.take_over.join("index.mjs"))?;
        ensure!(
            module.contains(from),
            "the module of the package has no {from}"
        );
        write(&folder, "index.mjs", module.replacen(from, to, 1))?;
        Ok(folder)
    }
}
