//! `portway doctor`: what this machine can do.

pub(crate) mod check;
mod folders;
mod network;
mod packets;
mod system;

use clap::Args;
use serde::Serialize;

use crate::{arguments::DataArguments, failure::Advised, output};
use check::{Check, Verdict};

const EXAMPLES: &str = "\
Examples:
  portway doctor
  portway doctor --json
  portway doctor --data /var/lib/portway

JSON: {\"ok\": BOOL, \"checks\": [{\"name\", \"verdict\": \"ok\"|\"warn\"|\"fail\", \"detail\", \"hint\"}]}";

/// Check what this machine can do: kernel, privileges, sockets, AF_XDP, ports, data directory
///
/// Prints one line for each check and, where it helps, what to do. A warning costs a feature or
/// speed; the exit code is 1 when something essential is missing.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArguments {
    /// Write JSON on stdout
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArguments,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

/// Runs every check.
///
/// # Errors
///
/// Fails when an essential check did not pass.
pub(crate) fn run(arguments: &DoctorArguments) -> anyhow::Result<()> {
    let checks = vec![
        system::kernel(),
        system::privileges(),
        system::tun_device(),
        system::locked_memory(),
        packets::xdp_sockets(),
        packets::veth_peers(),
        system::open_files(),
        network::udp(),
        network::ipv6(),
        network::offload(),
        network::default_port(),
        folders::control_sockets(),
        folders::data_directory(&arguments.data.directory()?),
    ];
    conclude(checks, arguments.json)
}

/// Prints checks.
///
/// # Errors
///
/// Fails when an essential one did not pass.
pub(crate) fn conclude(checks: Vec<Check>, json: bool) -> anyhow::Result<()> {
    let failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail)
        .count();
    let ok = failed == 0;
    print(&Report { ok, checks }, json)?;
    if failed > 0 {
        let message = format!("{failed} essential check(s) did not pass");
        return Err(
            Advised::failed(message, "do what the failed lines say, then check again").into(),
        );
    }
    Ok(())
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(report);
    }
    let colours = output::is_coloured(&std::io::stdout());
    let lines: Vec<String> = report
        .checks
        .iter()
        .map(|check| check.text(colours))
        .collect();
    output::print_line(&lines.join("\n"))
}
