//! `portway function new`: a project from a template.

use clap::Args;
use serde_json::json;

use crate::{
    arguments::GridAddress,
    failure::Advised,
    function::{self, Template},
    output,
};

/// What is said to whoever wants an enrolment without a gateway between it and the grid.
const STRAIGHT_TO_GRID: &str = "\
warning: with --grid the function holds the key of the fleet: whoever takes it over can let anybody in and change every peer.
Where a gateway can be reached, leave --grid out: its control API takes a token that can do nothing but enrol.";

const EXAMPLES: &str = "\
Examples:
  portway function new hello
  portway function new greeter --template json-rpc
  portway function new door --template enrolment";

/// Make a project
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NewArguments {
    /// Name of the project and of its folder
    name: String,

    /// What it starts from
    #[arg(long, value_enum, default_value = "http")]
    template: Template,

    /// Enrolment: go straight to this grid with the key of the fleet, in place of a gateway's control API
    #[arg(long, value_name = "ADDR[,ADDR]", value_delimiter = ',')]
    grid: Vec<GridAddress>,

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
    let grid = grid(arguments)?;
    let project = function::create(
        &std::env::current_dir()?,
        &arguments.name,
        arguments.template,
        grid.as_deref(),
    )?;
    if grid.is_some() {
        output::remark(STRAIGHT_TO_GRID);
    }
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

/// The addresses of `--grid`, for the only template that can do with them.
fn grid(arguments: &NewArguments) -> Result<Option<String>, Advised> {
    if arguments.grid.is_empty() {
        return Ok(None);
    }
    if arguments.template != Template::Enrolment {
        return Err(Advised::wrong_use(
            "--grid is for the template enrolment",
            "leave --grid out, or add --template enrolment",
        ));
    }
    let addresses: Vec<_> = arguments.grid.iter().map(ToString::to_string).collect();
    Ok(Some(addresses.join(",")))
}
