//! `portway function`: Rust programs as functions of platforms.

mod build;
mod deploy;
mod doctor;
mod invoke;
mod new;
mod serve;

use clap::{Args, Subcommand};

use super::block_on;

const EXAMPLES: &str = "\
Examples:
  portway function new hello --template http      a project
  cd hello && portway function run                serve it here
  portway function build --platform lambda-node   a package for Lambda's Node runtime
  portway function build --platform genezio --arch arm64";

/// Make Rust programs into functions, also where only JavaScript runs
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FunctionArguments {
    #[command(subcommand)]
    command: FunctionCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum FunctionCommand {
    New(new::NewArguments),
    Build(build::BuildArguments),
    Run(serve::RunArguments),
    Invoke(invoke::InvokeArguments),
    Deploy(deploy::DeployArguments),
    Doctor(doctor::DoctorArguments),
}

/// Runs one of the commands.
///
/// # Errors
///
/// What the command could not do.
pub(crate) fn run(arguments: &FunctionArguments) -> anyhow::Result<()> {
    match &arguments.command {
        FunctionCommand::New(arguments) => new::run(arguments),
        FunctionCommand::Build(arguments) => build::run(arguments),
        FunctionCommand::Run(arguments) => serve::run(arguments),
        FunctionCommand::Invoke(arguments) => block_on(invoke::run(arguments.clone())),
        FunctionCommand::Deploy(arguments) => deploy::run(arguments),
        FunctionCommand::Doctor(arguments) => doctor::run(arguments),
    }
}
