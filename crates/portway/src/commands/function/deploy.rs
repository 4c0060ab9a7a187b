//! `portway function deploy`: a package to its platform.

use clap::Args;
use serde_json::json;

use super::build::{self, BuildArguments};
use crate::{
    failure::Advised,
    function::{Cli, DeployOptions, deployment},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function deploy --platform lambda-node --arch arm64 --role arn:aws:iam::123456789012:role/hello
  portway function deploy --platform lambda-node --arch arm64
  portway function deploy --platform google --region europe-west1 -- --no-allow-unauthenticated
  portway function deploy --platform vercel --dry-run";

/// Bring a package to its platform
///
/// Builds the package and hands it to the platform's own command line (aws, gcloud, genezio, netlify, vercel), which has to be installed
/// and logged in. Words after `--` are handed on to it.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeployArguments {
    #[command(flatten)]
    build: BuildArguments,

    /// Name of the function there [default: that of the program]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Where it runs
    #[arg(long)]
    region: Option<String>,

    /// Lambda: make the function, with this role; without it, the one that is there gets the code
    #[arg(long, value_name = "ARN")]
    role: Option<String>,

    /// Netlify, Vercel: the public one instead of a preview
    #[arg(long)]
    production: bool,

    /// Print what would be run, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Further words for the platform's command line
    #[arg(last = true, value_name = "WORDS")]
    further: Vec<String>,
}

/// Builds and deploys.
///
/// # Errors
///
/// If the platform's command line is missing, nobody is logged in, or it fails.
pub(crate) fn run(arguments: &DeployArguments) -> anyhow::Result<()> {
    check(arguments)?;
    let order = build::only_order(&arguments.build)?;
    let options = DeployOptions {
        platform: arguments.build.platform,
        architecture: order.architecture(),
        name: (arguments.name.clone()).unwrap_or_else(|| order.name().to_owned()),
        region: arguments.region.clone(),
        role: arguments.role.clone(),
        is_production: arguments.production,
        further: arguments.further.clone(),
    };
    let package = order.package_path();
    let steps = deployment::steps(&options, &package, &deployment::folder_of(&package))?;
    let texts: Vec<_> = steps.iter().map(ToString::to_string).collect();
    if !arguments.dry_run {
        Cli::of(options.platform)?.check()?;
        order.build()?;
        deployment::lay_out(&options, &package)?;
        deployment::run(&steps)?;
    }
    if arguments.build.json {
        return output::print_json(
            &json!({ "package": package, "commands": texts, "run": !arguments.dry_run }),
        );
    }
    texts.iter().try_for_each(|text| output::print_line(text))
}

/// The platforms' command lines take packages of several files, and names that are a part of addresses and folders.
fn check(arguments: &DeployArguments) -> Result<(), Advised> {
    if arguments.build.single_file {
        return Err(Advised::wrong_use(
            "--single-file is for hosts that take one file, which have no command line to deploy by",
            "leave --single-file out, or build the file and copy it to where it is to run",
        ));
    }
    // Lambda's full names have colons.
    let is_legal = |letter: char| letter.is_ascii_alphanumeric() || "-_:".contains(letter);
    match &arguments.name {
        Some(name) if name.is_empty() || !name.chars().all(is_legal) => Err(Advised::wrong_use(
            format!("{name:?} cannot be the name of a function"),
            "use letters, digits, `-` and `_`",
        )),
        _ => Ok(()),
    }
}
