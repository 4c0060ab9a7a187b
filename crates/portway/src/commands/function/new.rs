//! `portway function new`: a project from a template.

use clap::Args;
use serde_json::json;

use crate::{
    function::{self, Template},
    output,
};

const EXAMPLES: &str = "\
Examples:
  portway function new hello
  portway function new greeter --template json-rpc";

/// Make a project
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NewArguments {
    /// Name of the project and of its folder
    name: String,

    /// What it starts from
    #[arg(long, value_enum, default_value = "http")]
    template: Template,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Makes the project.
///
/// # Errors
///
/// If it cannot be made.
pub(crate) fn run(arguments: &NewArguments) -> anyhow::Result<()> {
    let project = function::create(
        &std::env::current_dir()?,
        &arguments.name,
        arguments.template,
    )?;
    if arguments.json {
        return output::print_json(&json!({ "project": project }));
    }
    output::print_line(&project.display().to_string())?;
    output::remark(&format!(
        "next: cd {} && portway function run",
        arguments.name
    ));
    Ok(())
}
