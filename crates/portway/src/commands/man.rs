//! `portway man`: manual pages, from the same definition as the arguments.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};

use crate::{arguments::Cli, failure::Advise as _, output};

const EXAMPLES: &str = "\
Examples:
  portway man | man -l -
  portway man ~/.local/share/man/man1";

/// Print the manual page, or write all pages to a folder
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArguments {
    /// Write one page for each subcommand to this folder
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}

/// Prints the page of the program, or writes the page of every subcommand.
///
/// # Errors
///
/// Fails when stdout or the folder cannot be written.
pub(crate) fn run(arguments: &ManArguments) -> anyhow::Result<()> {
    match &arguments.directory {
        Some(directory) => write_all(directory),
        None => print_first(),
    }
}

fn print_first() -> anyhow::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    output::print(&page)
}

fn write_all(directory: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
        .advise(
            format_args!("cannot write the manual pages to {}", directory.display()),
            "name a folder that you may write to",
        )?;
    Ok(())
}
