//! `portway function build`: a package for a platform.

use std::path::PathBuf;

use clap::Args;
use indicatif::HumanBytes;

use crate::{
    failure::Advised,
    function::{self, Architecture, BuildOptions, Package, Platform, Program},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function build --platform lambda-node
  portway function build --platform lambda-custom --arch arm64
  portway function build --platform generic-node --single-file";

/// Build a package
///
/// The executable is linked statically and checked; the package is written to target/function/ of the project. If the program has
/// JSON-RPC services, a TypeScript client of them is written to client/.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BuildArguments {
    /// Where the package is to run
    #[arg(long, value_enum)]
    platform: Platform,

    /// For which processor [default: that of this machine]
    #[arg(long, value_enum)]
    arch: Option<Architecture>,

    /// Put everything into one JavaScript file
    #[arg(long)]
    single_file: bool,

    /// Which program of the project
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Pack this executable instead of compiling one
    #[arg(long, value_name = "FILE")]
    executable: Option<PathBuf>,

    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Builds the package.
///
/// # Errors
///
/// If it cannot be built.
pub(crate) fn run(arguments: &BuildArguments) -> anyhow::Result<()> {
    let package = function::build(&options(arguments)?)?;
    if arguments.json {
        return output::print_json(&package);
    }
    output::print_line(&package.package.display().to_string())?;
    report(&package);
    Ok(())
}

pub(super) fn options(arguments: &BuildArguments) -> anyhow::Result<BuildOptions> {
    if arguments.single_file && !arguments.platform.is_javascript() {
        return Err(Advised::wrong_use(
            "--single-file is one JavaScript file, and lambda-custom has none",
            "leave --single-file out, or choose another --platform",
        )
        .into());
    }
    let architecture = arguments.arch.or_else(Architecture::here).ok_or_else(|| {
        Advised::wrong_use(
            "packages for this machine's processor cannot be made",
            "choose --arch x86_64 or --arch arm64",
        )
    })?;
    Ok(BuildOptions {
        program: Program::find(&arguments.project, arguments.bin.as_deref())?,
        platform: arguments.platform,
        architecture,
        is_single_file: arguments.single_file,
        executable: arguments.executable.clone(),
    })
}

fn report(package: &Package) {
    output::remark(&format!(
        "{} for {} on {}; the executable has {}",
        HumanBytes(package.size),
        package.platform,
        package.architecture,
        HumanBytes(package.executable_size)
    ));
    for client in &package.clients {
        output::remark(&format!("TypeScript client: {}", client.display()));
    }
}
