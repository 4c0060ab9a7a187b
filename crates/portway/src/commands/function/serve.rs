//! `portway function run`: the program on this machine.

use std::{net::SocketAddr, path::PathBuf, process::Command};

use clap::Args;

use super::block_on;
use crate::{
    failure::{Advise as _, Advised},
    function::{self, Architecture, BuildOptions, Platform, Program},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function run
  portway function run --listen 127.0.0.1:0 --release
  portway function run --emulate lambda-node";

/// Serve the program on this machine
///
/// Compiles it, writes its TypeScript client, and serves HTTP until it is stopped. With --emulate the package for a platform is built
/// and runs under that platform's own local runtime, which comes from npm; Netlify and Vercel have none that works without an account:
/// there a small host in Node calls the package as they do.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArguments {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,

    /// As this platform would
    #[arg(long, value_name = "PLATFORM", value_enum)]
    emulate: Option<Platform>,

    /// Compile with optimizations, as packages always are
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
    if let Some(platform) = arguments.emulate {
        let package = package(program, platform)?;
        return block_on(function::emulate(platform, &package, arguments.listen));
    }
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

fn package(program: Program, platform: Platform) -> anyhow::Result<PathBuf> {
    let architecture = Architecture::here().ok_or_else(|| {
        Advised::failed(
            "no platform has this machine's processor",
            "leave --emulate out",
        )
    })?;
    let package = function::build(&BuildOptions {
        program,
        platform,
        architecture,
        is_single_file: false,
        executable: None,
    })?;
    Ok(package.package)
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
