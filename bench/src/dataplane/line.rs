//! What is measured, and what is asked of it.

use crate::report::{Goal, Report};

use super::turn::Outcome;

/// One kind of turn.
#[derive(Debug)]
pub(crate) struct Line {
    /// As the command line names it.
    pub(crate) name: &'static str,
    /// What the contenders' tables call it.
    pub(crate) task: &'static str,
    /// What arrives at either end is received by a thread on a processor of its own. Without it, veth has the sender of a
    /// frame receive it too: then the sender receives for the device, and the device for the sender.
    pub(crate) receives_apart: bool,
    /// Frames a second; without it as many as the sender can make.
    pub(crate) rate: Option<u32>,
    /// The counter of the device's interface that tells that a frame was taken; without it what comes back is counted.
    pub(crate) taken: Option<&'static str>,
    figures: &'static [Figure],
}

/// A quantity that a turn yields.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    unit: &'static str,
    goal: Goal,
    value: fn(&Outcome) -> f64,
}

/// All lines in their order; `memory` is one of its own kind.
pub(crate) const LINES: [Line; 5] = [
    Line {
        name: "echo",
        task: "echo",
        receives_apart: true,
        rate: None,
        taken: None,
        figures: &[
            Figure {
                name: "echo",
                unit: "M/s",
                goal: Goal::PairsAtLeast(0.95, &["bare", "dpdk"]),
                value: Outcome::millions_a_second,
            },
            Figure {
                name: "echo, to the kernel's UDP",
                unit: "M/s",
                goal: Goal::PairsAtLeast(2.8, &["udp"]),
                value: Outcome::millions_a_second,
            },
        ],
    },
    Line {
        name: "together",
        task: "echo",
        receives_apart: false,
        rate: None,
        taken: None,
        figures: &[Figure {
            name: "echo, the device receives for the sender",
            unit: "M/s",
            goal: Goal::PairsAtLeast(0.95, &["bare", "dpdk"]),
            value: Outcome::millions_a_second,
        }],
    },
    Line {
        name: "drop",
        task: "drop",
        receives_apart: false,
        rate: None,
        taken: Some("xdp_redirect"),
        figures: &[Figure {
            name: "drop",
            unit: "M/s",
            goal: Goal::PairsAtLeast(0.95, &["bare"]),
            value: Outcome::millions_a_second,
        }],
    },
    Line {
        name: "paced",
        task: "paced",
        receives_apart: false,
        rate: Some(100_000),
        taken: None,
        figures: &[
            Figure {
                name: "100 kpps, processor time of both",
                unit: "ns",
                goal: Goal::PairsAtMost(1.05, &["bare"]),
                value: Outcome::nanoseconds_of_both,
            },
            Figure {
                name: "100 kpps, of the device alone",
                unit: "ns",
                goal: Goal::None,
                value: Outcome::nanoseconds_of_device,
            },
        ],
    },
    Line {
        name: "packet",
        task: "packet",
        receives_apart: true,
        rate: None,
        taken: None,
        figures: &[Figure {
            name: "echo over AF_PACKET",
            unit: "M/s",
            goal: Goal::PairsAtLeast(1.0, &["dpdk"]),
            value: Outcome::millions_a_second,
        }],
    },
];

impl Line {
    /// Adds what a turn yielded to all figures.
    pub(crate) fn add(&self, report: &mut Report, contender: &'static str, outcome: &Outcome) {
        for figure in self.figures {
            let value = (figure.value)(outcome);
            report.add(figure.name, figure.unit, figure.goal, contender, value);
        }
    }
}
