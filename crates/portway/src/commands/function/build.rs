//! `portway function build`: a package for a platform.

use std::path::PathBuf;

use clap::Args;
use indicatif::HumanBytes;

use crate::{
    failure::Advised,
    function::{Architecture, BuildOptions, Order, Package, Platform, Program, Services},
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
/// JSON-RPC services, a TypeScript client of them is written to client/. In a workspace with several functions each gets a package; for
/// Genezio they are one project.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BuildArguments {
    /// Where the package is to run
    #[arg(long, value_enum)]
    pub(super) platform: Platform,

    /// For which processor [default: that of this machine]
    #[arg(long, value_enum)]
    arch: Option<Architecture>,

    /// Put everything into one JavaScript file
    #[arg(long)]
    pub(super) single_file: bool,

    /// Which program of the project [default: all that are functions]
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

/// Builds the packages.
///
/// # Errors
///
/// If one cannot be built.
pub(crate) fn run(arguments: &BuildArguments) -> anyhow::Result<()> {
    let orders = orders(arguments)?;
    let packages: Vec<_> = orders.iter().map(Order::build).collect::<Result<_, _>>()?;
    if arguments.json {
        return match packages.as_slice() {
            [package] => output::print_json(package),
            _ => output::print_json(&packages),
        };
    }
    for package in &packages {
        output::print_line(&package.package.display().to_string())?;
        report(package);
    }
    Ok(())
}

/// The only thing to build.
///
/// # Errors
///
/// If there are several.
pub(super) fn only_order(arguments: &BuildArguments) -> anyhow::Result<Order> {
    let mut orders = orders(arguments)?;
    match orders.len() {
        1 => Ok(orders.remove(0)),
        _ => {
            let names: Vec<_> = orders.iter().map(Order::name).collect();
            Err(several(&names).into())
        }
    }
}

fn several(names: &[&str]) -> Advised {
    let message = format!("the project has several programs: {}", names.join(", "));
    Advised::wrong_use(message, "choose one with --bin NAME")
}

/// A package for each program; Genezio has one project for all.
fn orders(arguments: &BuildArguments) -> anyhow::Result<Vec<Order>> {
    let Services { root, programs } = Program::all(&arguments.project, arguments.bin.as_deref())?;
    if programs.len() > 1 && arguments.executable.is_some() {
        let names: Vec<_> = programs
            .iter()
            .map(|program| program.name.as_str())
            .collect();
        return Err(several(&names).into());
    }
    let options = programs
        .into_iter()
        .map(|program| options(arguments, program));
    let mut options = options.collect::<anyhow::Result<Vec<_>>>()?;
    let is_project = arguments.platform == Platform::Genezio && !arguments.single_file;
    if is_project && options.len() > 1 {
        let first = options.remove(0);
        return Ok(vec![Order::of_workspace(root, first, options)]);
    }
    Ok(options.into_iter().map(Order::of_program).collect())
}

fn options(arguments: &BuildArguments, program: Program) -> anyhow::Result<BuildOptions> {
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
        program,
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
