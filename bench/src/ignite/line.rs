//! The lines of the comparison: what is measured, and what is asked of it.

use anyhow::Context as _;
use bench_client::Outcome;

use super::{
    Scale, c_interface,
    contender::{BARE, Contender},
    process, start,
};
use crate::{
    fleet::Fleet,
    program,
    report::{Goal, Report},
};

/// One line: an activity of the clients.
#[derive(Debug)]
pub(crate) struct Line {
    /// What the clients are told.
    pub(crate) name: &'static str,
    /// The nodes of the grid.
    pub(crate) nodes: usize,
    /// Whether the embedded grid can do it too.
    pub(crate) on_grid: bool,
    /// Whether it takes its turn in the last round alone: one that is a long series in itself.
    pub(crate) once: bool,
    figures: &'static [Figure],
}

/// One figure that is read from an activity.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) goal: Goal,
    pub(super) value: fn(&Outcome) -> Option<f64>,
}

impl Line {
    const fn new(name: &'static str, figures: &'static [Figure]) -> Self {
        Self {
            name,
            nodes: 1,
            on_grid: true,
            once: false,
            figures,
        }
    }

    const fn on_nodes(self, nodes: usize) -> Self {
        Self { nodes, ..self }
    }

    const fn not_on_grid(self) -> Self {
        Self {
            on_grid: false,
            ..self
        }
    }

    const fn once(self) -> Self {
        Self { once: true, ..self }
    }
}

/// All lines, in the order in which they are measured.
pub(crate) const LINES: &[Line] = &[
    Line::new(
        "latency",
        &[Figure::median(
            "put, one at a time, p50",
            Goal::AtMostTimesOf(1.15, BARE),
        )],
    ),
    Line::new(
        "threads",
        &[Figure::median(
            "put on several threads, p50",
            Goal::AtMostTimesOf(1.5, BARE),
        )],
    ),
    Line::new(
        "put",
        &[Figure::rate(
            "put/s at 1,024 in flight",
            Goal::AtLeastTimesOf(0.9, BARE),
        )],
    ),
    Line::new(
        "get",
        &[
            Figure::rate("get/s at 1,024 in flight", Goal::AtLeastTimesOf(0.9, BARE)),
            Figure {
                name: "processor time of a get in flight",
                unit: "us",
                goal: Goal::AtMost(1.0),
                value: |outcome| Some(outcome.cpu_microseconds()),
            },
        ],
    ),
    Line::new(
        "transaction",
        &[Figure::median(
            "transaction of one put, p50",
            Goal::TimesLeast(1.0),
        )],
    )
    .not_on_grid(),
    Line::new(
        "sql",
        &[Figure::median(
            "SQL, 1,000 rows, p50",
            Goal::TimesLeast(1.0),
        )],
    )
    .not_on_grid(),
    Line::new(
        "events",
        &[Figure::median(
            "put until its event, p50",
            Goal::TimesLeast(1.0),
        )],
    ),
    Line::new(
        "streamer",
        &[Figure::rate(
            "streamer, entries/s",
            Goal::TimesGreatest(1.0),
        )],
    )
    .not_on_grid(),
    Line::new(
        "nodes",
        &[Figure::rate(
            "three nodes, get/s at 1,024 in flight",
            Goal::TimesGreatest(1.0),
        )],
    )
    .not_on_grid()
    .on_nodes(3),
    Line::new(
        "near",
        &[Figure {
            name: "near cache hit",
            unit: "ns",
            goal: Goal::AtMost(100.0),
            value: |outcome| Some(outcome.nanoseconds()),
        }],
    ),
    Line::new(start::NAME, start::FIGURES),
    Line::new(c_interface::NAME, c_interface::FIGURES).once(),
    Line::new(process::NAME, process::FIGURES),
];

impl Figure {
    const fn median(name: &'static str, goal: Goal) -> Self {
        Self {
            name,
            unit: "us",
            goal,
            value: |outcome| outcome.p50_microseconds,
        }
    }

    const fn rate(name: &'static str, goal: Goal) -> Self {
        Self {
            name,
            unit: "1/s",
            goal,
            value: |outcome| Some(outcome.rate()),
        }
    }
}

/// Runs a program that measures.
pub(crate) fn carry_out(command: &[String]) -> anyhow::Result<Outcome> {
    let printed = program::run(command)?;
    let last = printed.lines().last().context("it printed nothing")?;
    serde_json::from_str(last).with_context(|| format!("it printed {last:?}"))
}

impl Line {
    /// Lets each contender have its turn, in this order, which is that of the outcomes.
    pub(crate) fn turns(
        &self,
        contenders: &[&Contender],
        fleet: &Fleet,
        scale: Scale,
    ) -> anyhow::Result<Vec<Outcome>> {
        if self.name == start::NAME {
            return start::turns(contenders, fleet, scale);
        }
        let turn = |contender: &&Contender| {
            let outcome = self.turn(contender, fleet, scale);
            outcome.with_context(|| contender.name)
        };
        contenders.iter().map(turn).collect()
    }

    fn turn(&self, contender: &Contender, fleet: &Fleet, scale: Scale) -> anyhow::Result<Outcome> {
        match self.name {
            c_interface::NAME => return c_interface::turn(fleet, scale),
            process::NAME => return process::turn(fleet, scale),
            _ => {}
        }
        let seconds = scale.turn.as_secs_f64().to_string();
        let command = contender.command([self.name, &seconds], fleet.addresses());
        carry_out(&command)
    }

    /// Adds what a turn gave to the report.
    pub(crate) fn add(&self, report: &mut Report, contender: &'static str, outcome: &Outcome) {
        for figure in self.figures {
            if let Some(value) = (figure.value)(outcome) {
                report.add(figure.name, figure.unit, figure.goal, contender, value);
            }
        }
    }

    /// Says in the report that a contender has nothing of the kind.
    pub(crate) fn add_lack(&self, report: &mut Report, contender: &'static str) {
        for figure in self.figures {
            report.add_lack(figure.name, figure.unit, figure.goal, contender);
        }
    }
}
