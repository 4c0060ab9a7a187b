//! Bringing packages to their platforms, by the platforms' own command lines.

mod folder;
mod plan;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;

use super::Platform;
use crate::failure::{Advise as _, Advised};
pub(crate) use folder::{folder_of, lay_out};
use plan::Login;
pub(crate) use plan::{Cli, DeployOptions, Step, steps};

/// How it stands with a platform's CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is there, and somebody is logged in.
    LoggedIn,
    /// It is there; nobody is logged in.
    LoggedOut,
    /// It is not there.
    Missing,
}

impl Cli {
    /// Looks whether the CLI is there, and whether somebody is logged in.
    pub(crate) fn access(&self) -> Access {
        let Some(program) = found(self.program) else {
            return Access::Missing;
        };
        let is_logged_in = match self.login {
            Login::Stored { variable, file } => is_stored(variable, file),
            Login::Command(words) => succeeds(&program, words),
        };
        if is_logged_in {
            Access::LoggedIn
        } else {
            Access::LoggedOut
        }
    }

    /// # Errors
    /// What is missing, with the command that mends it.
    pub(crate) fn check(&self) -> Result<(), Advised> {
        let program = self.program;
        match self.access() {
            Access::LoggedIn => Ok(()),
            Access::LoggedOut => Err(Advised::failed(
                format!("nobody is logged in to {program}"),
                self.log_in,
            )),
            Access::Missing => Err(Advised::failed(
                format!("there is no {program}, by which the platform is reached"),
                self.install,
            )),
        }
    }
}

/// Runs the commands one after another; what they write is shown.
///
/// # Errors
/// If one fails.
pub(crate) fn run(steps: &[Step]) -> Result<()> {
    for step in steps {
        let [program, words @ ..] = step.words.as_slice() else {
            continue;
        };
        let mut command = Command::new(program);
        command.args(words).stdout(std::io::stderr());
        if let Some(folder) = &step.folder {
            command.current_dir(folder);
        }
        let hint = "what it wrote above says why; `--dry-run` prints the command";
        let status = command
            .status()
            .advise(format!("cannot run {program}"), hint)?;
        if !status.success() {
            return Err(Advised::failed(format!("{step} failed ({status})"), hint).into());
        }
    }
    Ok(())
}

/// Platforms that have a CLI, each named once.
pub(crate) fn platforms() -> [Platform; 5] {
    [
        Platform::LambdaNode,
        Platform::Genezio,
        Platform::Google,
        Platform::Netlify,
        Platform::Vercel,
    ]
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn is_stored(variable: &str, file: &str) -> bool {
    let is_set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let home = std::env::var_os("HOME").map(PathBuf::from);
    is_set || home.is_some_and(|home| home.join(file).is_file())
}

fn succeeds(program: &Path, words: &[&str]) -> bool {
    let output = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        let says_something = output.stdout.iter().any(|byte| !byte.is_ascii_whitespace());
        output.status.success() && says_something
    })
}
