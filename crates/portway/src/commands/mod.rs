//! One file per subcommand: its arguments, and what it does.

pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod completions;
mod credentials;
pub(crate) mod doctor;
mod event_json;
mod fleet_access;
pub(crate) mod flows;
pub(crate) mod function;
pub(crate) mod grid;
pub(crate) mod man;
pub(crate) mod messaging;
mod moment;
pub(crate) mod net;
pub(crate) mod peer;
pub(crate) mod sql;
pub(crate) mod up;
pub(crate) mod wireguard;

use std::future::Future;

use crate::arguments::{Cli, Command};

/// Runs one subcommand to its end.
///
/// # Errors
///
/// Whatever the subcommand could not do; the caller prints it.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Up(arguments) => block_on(up::run(*arguments)),
        Command::Wireguard(arguments) => wireguard::run(&arguments, &cli.logging),
        Command::Client(arguments) => block_on(client::run(arguments)),
        Command::Peer(arguments) => block_on(peer::run(*arguments)),
        Command::Flows(arguments) => block_on(flows::run(&arguments)),
        Command::Grid(arguments) => block_on(grid::run(*arguments)),
        Command::Sql(arguments) => block_on(sql::run(*arguments)),
        Command::Net(arguments) => block_on(net::run(&arguments)),
        Command::Function(arguments) => function::run(&arguments),
        Command::Call(arguments) => block_on(call::run(arguments)),
        Command::Pub(arguments) => block_on(messaging::run_pub(arguments)),
        Command::Sub(arguments) => block_on(messaging::run_sub(arguments)),
        Command::Push(arguments) => block_on(messaging::run_push(arguments)),
        Command::Pull(arguments) => block_on(messaging::run_pull(arguments)),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

/// Drives a command on this thread: the data path has a thread of its own, and what is left is
/// too little work to pay the memory of a pool of threads.
fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(command);
    // A blocking task that hangs must not hold up the end.
    runtime.shutdown_background();
    result
}
