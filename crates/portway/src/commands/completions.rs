//! `portway completions`: for the shell, from the same definition as the arguments.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{arguments::Cli, output};

const EXAMPLES: &str = "\
Examples:
  portway completions bash > ~/.local/share/bash-completion/completions/portway
  portway completions zsh > ~/.zfunc/_portway
  portway completions fish > ~/.config/fish/completions/portway.fish";

/// Print the completions for a shell
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Prints the completions on stdout.
///
/// # Errors
///
/// Fails when stdout cannot be written.
pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "portway", &mut script);
    output::print(&script)
}
