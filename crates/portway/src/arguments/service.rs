//! What all long-running commands take.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// How a long-running command tells that it is ready, and how it does.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArguments {
    /// Address of /metrics, /healthz and /readyz; port 0 lets the system choose
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub(crate) metrics: SocketAddr,

    /// Write the ready line to this file too, by an atomic rename
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Write the ready line as a JSON object with "event":"ready"
    #[arg(long)]
    pub(crate) json: bool,
}
