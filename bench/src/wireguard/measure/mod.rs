//! The measurements, each in a file of its own.

mod flows;
mod live;
mod memory;
pub(super) mod packets;
mod passing;
mod peers;
mod start;
mod throughput;

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    program::Running, report::Report, wireguard::contender::Contender, wireguard::scale::Scale,
};

/// What every measurement is given.
pub(crate) struct Bench {
    /// Ours first.
    pub(crate) contenders: Vec<Contender>,
    pub(crate) portway: PathBuf,
    pub(crate) scale: Scale,
}

impl Bench {
    /// The client of all tunnels: wireguard-go where it is there, so that no contender talks to its own kind alone.
    pub(crate) fn client(&self) -> &Contender {
        let preferred = self
            .contenders
            .iter()
            .find(|contender| contender.name == "wireguard-go");
        preferred.unwrap_or(&self.contenders[0])
    }

    pub(crate) fn portway_command(&self, arguments: &[&str]) -> Vec<String> {
        let program = self.portway.to_string_lossy().into_owned();
        std::iter::once(program)
            .chain(arguments.iter().map(|word| (*word).to_owned()))
            .collect()
    }

    /// `portway up` on a data directory, at a port that the system chooses.
    fn up(&self, data: &str, arguments: &[&str]) -> anyhow::Result<Running> {
        let fixed = ["up", "--data", data, "--listen", "127.0.0.1:0"];
        let command = self.portway_command(&[&fixed, arguments].concat());
        Running::start_until(&command, "ready ").map(|(running, _)| running)
    }
}

/// One measurement.
type Measure = fn(&Bench, &mut Report) -> anyhow::Result<()>;

/// All of them by name, the quick ones first.
pub(crate) const ALL: [(&str, Measure); 8] = [
    ("start", start::measure),
    ("live", live::measure),
    ("throughput", throughput::measure),
    ("packets", packets::measure),
    ("passing", passing::measure),
    ("flows", flows::measure),
    ("peers", peers::measure),
    ("memory", memory::measure),
];

/// Public keys that nobody has the private key of: any 32 bytes will do.
fn public_keys(count: usize) -> anyhow::Result<Vec<String>> {
    use std::io::Read as _;
    let mut random = fs::File::open("/dev/urandom").context("a source of random bytes")?;
    let mut bytes = vec![0; count * 32];
    random.read_exact(&mut bytes)?;
    Ok(bytes.chunks(32).map(|key| STANDARD.encode(key)).collect())
}
