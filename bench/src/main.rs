//! Measures Portway beside other programs in one run, and prints ratios.
//!
//! Contenders take turns, so that what else the machine does falls on all of them; each figure is
//! the median over the rounds. What is measured how stands in `README.md`.

mod dataplane;
mod fleet;
mod function;
mod grid;
mod ignite;
mod lab;
mod messaging;
mod patterns;
mod program;
mod report;
mod wireguard;

use std::{net::SocketAddr, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::wireguard::pace;

/// Measures Portway beside other programs in one run.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    /// The gateway beside other WireGuard programs; needs root
    Wireguard(wireguard::Arguments),
    /// The client beside other clients of Apache Ignite
    Ignite(ignite::Arguments),
    /// The grid beside a real Apache Ignite node
    Grid(grid::Arguments),
    /// Ports and packets beside other programs on AF_XDP and AF_PACKET; needs root
    Dataplane(dataplane::Arguments),
    /// Push-pull and publish-subscribe beside tokio-util's codec and a NATS server
    Patterns(patterns::Arguments),
    /// Packages of functions beside a plain JavaScript handler and the known technique
    Function(function::Arguments),
    /// Messaging beside other ways to move a message
    Messaging(messaging::Arguments),
    /// Sends datagrams at an even pace
    #[command(hide = true)]
    Send(pace::SendArguments),
    /// Counts datagrams until a second passes without any
    #[command(hide = true)]
    Sink {
        /// Where to listen
        address: SocketAddr,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().subject {
        Subject::Wireguard(arguments) => wireguard::run(&arguments),
        Subject::Ignite(arguments) => ignite::run(&arguments),
        Subject::Grid(arguments) => grid::run(&arguments),
        Subject::Dataplane(arguments) => dataplane::run(&arguments),
        Subject::Patterns(arguments) => patterns::run(&arguments),
        Subject::Function(arguments) => function::run(&arguments),
        Subject::Messaging(arguments) => messaging::run(&arguments),
        Subject::Send(send) => pace::send(&send),
        Subject::Sink { address } => pace::sink(address),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portway-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
