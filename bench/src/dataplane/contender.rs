//! The devices under measurement: ours, what bounds it, and those of others.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::report::PORTWAY;

/// Those that need nothing but this folder.
pub(crate) const OWN: [&str; 4] = [PORTWAY, "bare", "kernel", "udp"];

/// One device, which may be another program in each line.
#[derive(Debug)]
pub(crate) struct Contender {
    /// As the table names it.
    pub(crate) name: &'static str,
    /// Its command for each task that it takes part in; `IF` stands for the interface and `CPU` for its processor.
    commands: &'static [(&'static str, &'static str)],
    /// It attaches an XDP program. Another one gets frames by the interface's GRO, without which veth takes none from the
    /// sender.
    attaches: bool,
    /// The counter of its interface that tells that it dropped a frame, where it is another than the line's.
    pub(crate) dropped: Option<&'static str>,
    /// It has no thread that could be measured: what it does happens in the sender's.
    pub(crate) is_kernel: bool,
}

/// All of them in the order of a round.
pub(crate) const CONTENDERS: [Contender; 8] = [
    Contender {
        name: PORTWAY,
        commands: &[
            ("echo", "bench-dataplane-portway echo IF"),
            ("drop", "bench-dataplane-portway drop IF"),
            ("paced", "bench-dataplane-portway echo IF --sleep"),
            ("packet", "bench-dataplane-portway echo IF --packet"),
        ],
        ..XDP
    },
    Contender {
        name: "bare",
        commands: &[
            ("echo", "bench-dataplane-bare echo IF"),
            ("drop", "bench-dataplane-bare drop IF"),
            ("paced", "bench-dataplane-bare echo IF --sleep"),
        ],
        ..XDP
    },
    Contender {
        name: "dpdk",
        // Without busy polling, which is its default: it would receive on the processor that it sends from.
        commands: &[
            (
                "echo",
                concat!(
                    "dpdk-testpmd -l 0,CPU --main-lcore 0 --no-huge -m 256 --no-pci --no-telemetry --no-shconf ",
                    "--vdev net_af_xdp0,iface=IF,busy_budget=0 -- --auto-start --burst=64 --nb-cores=1 --total-num-mbufs=16384 ",
                    "--no-lsc-interrupt --stats-period=60 --forward-mode=5tswap"
                ),
            ),
            (
                "drop",
                concat!(
                    "dpdk-testpmd -l 0,CPU --main-lcore 0 --no-huge -m 256 --no-pci --no-telemetry --no-shconf ",
                    "--vdev net_af_xdp0,iface=IF,busy_budget=0 -- --auto-start --burst=64 --nb-cores=1 --total-num-mbufs=16384 ",
                    "--no-lsc-interrupt --stats-period=60 --forward-mode=rxonly"
                ),
            ),
            (
                "packet",
                concat!(
                    "dpdk-testpmd -l 0,CPU --main-lcore 0 --no-huge -m 256 --no-pci --no-telemetry --no-shconf ",
                    "--vdev net_af_packet0,iface=IF,qdisc_bypass=1 -- --auto-start --burst=64 --nb-cores=1 ",
                    "--total-num-mbufs=16384 --no-lsc-interrupt --stats-period=60 --forward-mode=5tswap"
                ),
            ),
        ],
        ..XDP
    },
    Contender {
        name: "xdpilone",
        commands: &[
            ("echo", "bench-dataplane-xdpilone echo IF"),
            ("drop", "bench-dataplane-xdpilone drop IF"),
        ],
        ..XDP
    },
    Contender {
        name: "xdp",
        commands: &[
            ("echo", "bench-dataplane-xdp echo IF"),
            ("drop", "bench-dataplane-xdp drop IF"),
        ],
        ..XDP
    },
    Contender {
        name: "libpnet",
        commands: &[
            ("echo", "bench-dataplane-libpnet echo IF"),
            ("packet", "bench-dataplane-libpnet echo IF"),
        ],
        attaches: false,
        ..XDP
    },
    Contender {
        name: "udp",
        commands: &[
            ("echo", "bench-dataplane-kernel echo IF --udp"),
            ("paced", "bench-dataplane-kernel echo IF --udp --sleep"),
        ],
        attaches: false,
        ..XDP
    },
    Contender {
        name: "kernel",
        commands: &[
            ("echo", "bench-dataplane-kernel echo IF"),
            ("drop", "bench-dataplane-kernel drop IF"),
        ],
        dropped: Some("xdp_drops"),
        is_kernel: true,
        ..XDP
    },
];

/// What most have in common.
const XDP: Contender = Contender {
    name: "",
    commands: &[],
    attaches: true,
    dropped: None,
    is_kernel: false,
};

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");

impl Contender {
    /// Whether it has something for this task.
    pub(crate) fn takes_part(&self, task: &str) -> bool {
        self.words(task).is_some()
    }

    /// Whether its interface needs GRO in this task.
    pub(crate) fn needs_gro(&self, task: &str) -> bool {
        !self.attaches || task == "packet"
    }

    /// Its command for a task.
    pub(crate) fn command(&self, task: &str, interface: &str, processor: usize) -> Vec<String> {
        let words = self.words(task).unwrap_or_default().split_whitespace();
        let mut command: Vec<String> = words
            .map(|word| {
                word.replace("IF", interface)
                    .replace("CPU", &processor.to_string())
            })
            .collect();
        if let Some(program) = command.first_mut() {
            *program = found(program).to_string_lossy().into_owned();
        }
        // It places its threads itself.
        if self.name == "dpdk" {
            return command;
        }
        let pinned = ["taskset", "-c", &processor.to_string()].map(str::to_owned);
        pinned.into_iter().chain(command).collect()
    }

    /// Looks whether its programs are there.
    ///
    /// # Errors
    ///
    /// Says how to get one that is missing.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        for (_, words) in self.commands {
            let program = words.split_whitespace().next().unwrap_or_default();
            let there = found(program).is_file()
                || ["/usr/bin", "/usr/local/bin"]
                    .iter()
                    .any(|folder| Path::new(folder).join(program).is_file());
            ensure!(
                there,
                "{program} is missing: `bench/peers dataplane` gets what is not built here (or leave it out: --among)"
            );
        }
        Ok(())
    }

    fn words(&self, task: &str) -> Option<&'static str> {
        let own = self.commands.iter().find(|(name, _)| *name == task);
        own.map(|(_, words)| *words)
    }
}

/// Ours are beside the harness, those of others in the folder that `bench/peers` fills, DPDK's in the system.
fn found(program: &str) -> PathBuf {
    let folders =
        ["target/release", "target/peers/bin"].map(|folder| Path::new(MANIFEST).join(folder));
    let places = folders.iter().map(|folder| folder.join(program));
    places
        .into_iter()
        .find(|place| place.is_file())
        .unwrap_or_else(|| PathBuf::from(program))
}
