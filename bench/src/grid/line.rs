//! The lines that the bare sender carries out.

use anyhow::Context as _;
use bench_client::Outcome;

use super::Scale;
use crate::{
    fleet::{Fleet, Keeping},
    ignite::{carry_out, own},
    report::{Goal, Report},
};

/// One line: what the sender asks of each server in turn.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) keeping: Keeping,
    /// What the sender is told.
    word: &'static str,
    figure: &'static str,
    unit: &'static str,
    goal: Goal,
    value: fn(&Outcome) -> Option<f64>,
}

/// All of them, in the order in which they are measured.
pub(super) const LINES: &[Line] = &[
    Line::rate("get", "get", "get/s at 1,024 in flight", 2.0),
    Line::rate("put", "put", "put/s at 1,024 in flight", 3.0),
    Line::median("point", "SQL, one row by its key, p50"),
    Line::median("rows", "SQL, 1,000 rows, p50"),
    Line::rate("log-only-1", "writers-1", "put/s, LOG_ONLY, 1 writer", 1.0)
        .keeping(Keeping::LogOnly),
    Line::rate(
        "log-only-128",
        "writers-128",
        "put/s, LOG_ONLY, 128 writers",
        1.0,
    )
    .keeping(Keeping::LogOnly),
    Line::rate("fsync-1", "writers-1", "put/s, FSYNC, 1 writer", 1.0).keeping(Keeping::Fsync),
    Line::rate("fsync-128", "writers-128", "put/s, FSYNC, 128 writers", 1.0)
        .keeping(Keeping::Fsync),
];

impl Line {
    const fn rate(
        name: &'static str,
        word: &'static str,
        figure: &'static str,
        times: f64,
    ) -> Self {
        Self {
            name,
            keeping: Keeping::Nothing,
            word,
            figure,
            unit: "1/s",
            goal: Goal::TimesGreatest(times),
            value: |outcome| Some(outcome.rate()),
        }
    }

    const fn median(name: &'static str, figure: &'static str) -> Self {
        Self {
            name,
            keeping: Keeping::Nothing,
            word: name,
            figure,
            unit: "us",
            goal: Goal::TimesLeast(1.0),
            value: |outcome| outcome.p50_microseconds,
        }
    }

    const fn keeping(self, keeping: Keeping) -> Self {
        Self { keeping, ..self }
    }

    /// Lets the sender ask one server.
    pub(super) fn turn(&self, fleet: &Fleet, scale: Scale) -> anyhow::Result<Outcome> {
        let seconds = scale.turn.as_secs_f64().to_string();
        let command = vec![own("bench-client-bare")?, self.word.to_owned(), seconds];
        let command = [command, fleet.addresses().to_vec()].concat();
        carry_out(&command).with_context(|| format!("line {}", self.name))
    }

    /// Adds what a turn gave to the report.
    pub(super) fn add(&self, report: &mut Report, server: &'static str, outcome: &Outcome) {
        if let Some(value) = (self.value)(outcome) {
            report.add(self.figure, self.unit, self.goal, server, value);
        }
    }
}
