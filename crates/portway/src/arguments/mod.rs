//! The grammar of the command line: raw arguments, as clap reads them.
//!
//! Values are checked one by one while they are read; what depends on several of them is checked
//! by the command, before it starts anything.

mod address;
mod control;
mod data;
mod expiry;
mod grid;
mod grid_tls;
mod service;
mod sides;
mod time_span;

use std::{ffi::OsString, path::Path};

use clap::{Parser, Subcommand};

use crate::{commands, logging::LoggingArguments};

pub(crate) use address::Publish;
pub(crate) use control::{ControlArguments, ControlServerArguments};
pub(crate) use data::DataArguments;
pub(crate) use expiry::Expiry;
pub(crate) use grid::{CredentialArguments, GridAddress, GridArguments, GridListener};
pub(crate) use grid_tls::GridTlsArguments;
pub(crate) use service::ServiceArguments;
pub(crate) use sides::{ExitPolicy, InnerSide, OuterSide, interface_name};
pub(crate) use time_span::TimeSpan;

/// Names under which the program behaves as `portway wireguard`: wg-quick starts the program that
/// it is told with the interface as the only argument.
const WIREGUARD_NAMES: [&str; 2] = ["portway-wireguard", "portway-wg"];

/// The arguments of this process, with the subcommand that its name stands for.
pub(crate) fn from_environment() -> Vec<OsString> {
    with_subcommand(std::env::args_os().collect())
}

fn with_subcommand(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let name = arguments
        .first()
        .and_then(|program| Path::new(program).file_name());
    if name.is_some_and(|name| WIREGUARD_NAMES.iter().any(|known| name == *known)) {
        arguments.insert(1, "wireguard".into());
    }
    arguments
}

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
    Up(Box<commands::up::UpArguments>),
    Wireguard(commands::wireguard::WireguardArguments),
    Client(commands::client::ClientArguments),
    Peer(Box<commands::peer::PeerArguments>),
    Flows(commands::flows::FlowsArguments),
    Grid(Box<commands::grid::GridServerArguments>),
    Sql(Box<commands::sql::SqlArguments>),
    Net(commands::net::NetArguments),
    Function(commands::function::FunctionArguments),
    Call(commands::call::CallArguments),
    Pub(commands::messaging::PubArguments),
    Sub(commands::messaging::SubArguments),
    Push(commands::messaging::PushArguments),
    Pull(commands::messaging::PullArguments),
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
    fn the_name_of_a_symbolic_link_stands_for_a_subcommand() {
        let parse = |arguments: [&str; 2]| {
            Cli::try_parse_from(with_subcommand(arguments.map(OsString::from).to_vec()))
        };
        let cli = parse(["/usr/local/bin/portway-wireguard", "wg0"]).unwrap();
        assert!(matches!(cli.command, Command::Wireguard(found) if found.interface == "wg0"));
        assert!(parse(["portway", "wg0"]).is_err());
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
