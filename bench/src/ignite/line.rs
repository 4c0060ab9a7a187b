//! The lines of the comparison: what is measured, and what is asked of it.

use anyhow::Context as _;
use portway_bench::Outcome;

use super::{Scale, contender::Contender, fleet::Fleet, start};
use crate::{
    program,
    report::{Goal, Report},
};

/// The program that any client is held against.
const BARE: &str = "bare";

/// One line: an activity of the clients.
#[derive(Debug)]
pub(crate) struct Line {
    /// What the clients are told.
    pub(crate) name: &'static str,
    /// The nodes of the grid.
    pub(crate) nodes: usize,
    figures: &'static [Figure],
}

/// One figure that is read from an activity.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    unit: &'static str,
    goal: Goal,
    value: fn(&Outcome) -> Option<f64>,
}

/// All lines, in the order in which they are measured.
pub(crate) const LINES: &[Line] = &[
    Line {
        name: "latency",
        nodes: 1,
        figures: &[Figure {
            name: "put, one at a time, p50",
            unit: "us",
            goal: Goal::AtMostTimesOf(1.15, BARE),
            value: |outcome| outcome.p50_microseconds,
        }],
    },
    Line {
        name: "threads",
        nodes: 1,
        figures: &[Figure {
            name: "put on several threads, p50",
            unit: "us",
            goal: Goal::AtMostTimesOf(1.5, BARE),
            value: |outcome| outcome.p50_microseconds,
        }],
    },
    Line {
        name: "put",
        nodes: 1,
        figures: &[Figure {
            name: "put/s at 1,024 in flight",
            unit: "1/s",
            goal: Goal::AtLeastTimesOf(0.9, BARE),
            value: |outcome| Some(outcome.rate()),
        }],
    },
    Line {
        name: "get",
        nodes: 1,
        figures: &[
            Figure {
                name: "get/s at 1,024 in flight",
                unit: "1/s",
                goal: Goal::AtLeastTimesOf(0.9, BARE),
                value: |outcome| Some(outcome.rate()),
            },
            Figure {
                name: "processor time of a get in flight",
                unit: "us",
                goal: Goal::AtMost(1.0),
                value: |outcome| Some(outcome.cpu_microseconds()),
            },
        ],
    },
    Line {
        name: "transaction",
        nodes: 1,
        figures: &[Figure {
            name: "transaction: begin, put, commit, p50",
            unit: "us",
            // What the Java thin client took on this kind of machine.
            goal: Goal::AtMost(327.0),
            value: |outcome| outcome.p50_microseconds,
        }],
    },
    Line {
        name: start::NAME,
        nodes: 1,
        figures: &[Figure {
            name: "start, connect, create, put, get, exit",
            unit: "ms",
            goal: Goal::TimesLeast(1.0),
            value: |outcome| Some(outcome.seconds * 1e3),
        }],
    },
];

impl Line {
    /// Lets one contender have its turn.
    pub(crate) fn turn(
        &self,
        contender: &Contender,
        fleet: &Fleet,
        scale: Scale,
    ) -> anyhow::Result<Outcome> {
        if self.name == start::NAME {
            return start::turn(contender, fleet, scale.starts);
        }
        let seconds = scale.turn.as_secs_f64().to_string();
        let command = contender.command([self.name, &seconds], fleet.addresses());
        let printed = program::run(&command)?;
        let last = printed.lines().last().context("it printed nothing")?;
        serde_json::from_str(last).with_context(|| format!("it printed {last:?}"))
    }

    /// Adds what a turn gave to the report.
    pub(crate) fn add(&self, report: &mut Report, contender: &'static str, outcome: &Outcome) {
        for figure in self.figures {
            if let Some(value) = (figure.value)(outcome) {
                report.add(figure.name, figure.unit, figure.goal, contender, value);
            }
        }
    }
}
