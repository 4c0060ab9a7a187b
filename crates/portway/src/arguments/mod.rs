//! The grammar of the command line: raw arguments, as clap reads them.
//!
//! Values are checked one by one while they are read; what depends on several of them is checked
//! by the command, before it starts anything.

mod address;
mod data;
mod expiry;
mod grid;
mod service;
mod sides;

use clap::{Parser, Subcommand};

use crate::{commands, logging::LoggingArguments};

pub(crate) use address::{Forward, Publish};
pub(crate) use data::DataArguments;
pub(crate) use expiry::Expiry;
pub(crate) use grid::{CredentialArguments, GridArguments, GridListener};
pub(crate) use service::ServiceArguments;
pub(crate) use sides::{ExitPolicy, InnerSide, OuterSide, interface_name};

/// A WireGuard gateway in one command, with an Apache Ignite grid inside or beside it
#[derive(Debug, Parser)]
#[command(
    name = "portway",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Start here:\n  portway up                                  start a gateway\n  \
        portway peer add laptop > laptop.conf       let a peer in\n  \
        portway client laptop.conf --ping 10.77.0.1 see it work"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) logging: LoggingArguments,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One subcommand with its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(commands::up::UpArguments),
    Wireguard(commands::wireguard::WireguardArguments),
    Client(commands::client::ClientArguments),
    Peer(commands::peer::PeerArguments),
    Grid(commands::grid::GridServerArguments),
    Doctor(commands::doctor::DoctorArguments),
    Completions(commands::completions::CompletionsArguments),
    Man(commands::man::ManArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_examples_in_its_help() {
        let mut command = Cli::command();
        command.build();
        for subcommand in command
            .get_subcommands_mut()
            .filter(|found| found.get_name() != "help")
        {
            let name = subcommand.get_name().to_owned();
            let help = subcommand.render_long_help().to_string();
            assert!(help.contains(&format!("portway {name}")), "{help}");
            assert!(help.contains("Examples:"), "{help}");
        }
    }
}
