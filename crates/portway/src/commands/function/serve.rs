//! `portway function run`: the program on this machine.

use std::{net::SocketAddr, path::PathBuf, process::Command};

use clap::Args;

use crate::{
    failure::Advise as _,
    function::{self, Program},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function run
  portway function run --listen 127.0.0.1:0 --release";

/// Serve the program on this machine
///
/// Compiles it, writes its TypeScript client, and serves HTTP until it is stopped.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArguments {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// Compile with optimizations
    #[arg(long)]
    release: bool,

    /// Which program of the project
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
}

/// Compiles and serves.
///
/// # Errors
///
/// If the program does not compile or ends with an error.
pub(crate) fn run(arguments: &RunArguments) -> anyhow::Result<()> {
    let program = Program::find(&arguments.project, arguments.bin.as_deref())?;
    let executable = function::compile_here(&program, arguments.release)?;
    for client in function::write_clients(&program, &executable)? {
        output::remark(&format!("TypeScript client: {}", client.display()));
    }
    let mut command = Command::new(&executable);
    command.arg("--listen").arg(arguments.listen.to_string());
    replace_by(command).advise(
        format!("cannot run {}", executable.display()),
        "compile it anew: cargo clean",
    )?;
    Ok(())
}

/// The program takes this one's place, so that signals and its exit code are its own.
#[cfg(unix)]
fn replace_by(mut command: Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn replace_by(mut command: Command) -> anyhow::Result<()> {
    let code = command.status()?.code();
    match code {
        Some(0) => Ok(()),
        code => Err(crate::failure::AlreadyReported {
            exit_code: code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        }
        .into()),
    }
}
