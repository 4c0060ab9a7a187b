//! What clients of a grid may cost, as options.

use std::time::Duration;

use clap::Args;
use portway_grid::Limits;

/// A mebibyte, the unit of memory in options.
const MEBIBYTE: u64 = 1 << 20;

/// Bounds of `portway grid`; without an option the default of [`Limits`] holds.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArguments {
    /// Memory for keys and values; writes beyond it are refused [default: 1024]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    max_memory: Option<u64>,

    /// Connections at once; a further one is closed [default: 1024]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: Option<u32>,

    /// Open cursors and continuous queries of one connection [default: 128]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_cursors: Option<u32>,

    /// Snapshots that clients can have made in the folder of the data; 0 forbids them [default: 16]
    #[arg(long, value_name = "COUNT")]
    max_snapshots: Option<u32>,

    /// The longest message; a longer one closes its connection [default: 64]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1024))]
    max_message: Option<u32>,

    /// Close connections that send nothing for so long [default: never]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    idle_timeout: Option<u64>,

    /// Close connections without a complete handshake after so long [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    handshake_timeout: Option<u64>,

    /// Cancel statements of SQL after so long, unless they bring a time-out: everybody waits while one runs [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    statement_timeout: Option<u64>,
}

impl LimitArguments {
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        if let Some(mebibytes) = self.max_memory {
            limits.stored_bytes = mebibytes * MEBIBYTE;
        }
        if let Some(connections) = self.max_connections {
            limits.connections = count(connections);
        }
        if let Some(cursors) = self.max_cursors {
            limits.resources_per_connection = count(cursors);
        }
        if let Some(snapshots) = self.max_snapshots {
            limits.snapshots = count(snapshots);
        }
        if let Some(mebibytes) = self.max_message {
            limits.message_bytes = count(mebibytes) << 20;
        }
        if let Some(seconds) = self.handshake_timeout {
            limits.handshake_timeout = Duration::from_secs(seconds);
        }
        if let Some(seconds) = self.statement_timeout {
            limits.statement_timeout = Duration::from_secs(seconds);
        }
        limits.idle_timeout = self.idle_timeout.map(Duration::from_secs);
        limits
    }
}
