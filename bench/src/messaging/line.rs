//! The lines of the table: what is done, and what is asked of ours.

use std::time::Duration;

use crate::{
    messaging::{
        contender::Contender,
        load::{Load, Runtime, Sample},
    },
    report::Goal,
};

/// How a contender is measured.
pub(crate) type Measure = fn(Load) -> anyhow::Result<Sample>;

/// One line of the table.
pub(crate) struct Line {
    /// The name for `--only`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: Unit,
    pub(crate) goal: Goal,
    /// What is asked of its processor time.
    pub(crate) cost: Goal,
    pub(crate) load: Load,
    /// What of a contender is measured.
    pub(crate) of: fn(&Contender) -> Option<Measure>,
}

/// In what a figure is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Time for each operation, of all together.
    Microseconds,
    /// Millions of operations a second.
    Millions,
    /// Thousands of operations a second.
    Thousands,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Microseconds => "us",
            Self::Millions => "M/s",
            Self::Thousands => "k/s",
        }
    }

    pub(crate) fn of(self, sample: &Sample) -> f64 {
        let rate = sample.operations as f64 / sample.elapsed.as_secs_f64();
        match self {
            Self::Microseconds => 1e6 / rate,
            Self::Millions => rate / 1e6,
            Self::Thousands => rate / 1e3,
        }
    }
}

const fn load(depth: usize, size: usize, runtime: Runtime) -> Load {
    Load {
        depth,
        size,
        runtime,
        time: Duration::ZERO,
    }
}

/// All lines.
pub(crate) const LINES: &[Line] = &[
    Line {
        name: "depth-1",
        title: "64 B, one call at a time",
        unit: Unit::Microseconds,
        goal: Goal::AtMostTimesOf(1.15, "raw"),
        cost: Goal::None,
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.calls,
    },
    Line {
        name: "depth-128",
        title: "64 B, 128 calls at a time",
        unit: Unit::Millions,
        goal: Goal::AtLeastTimesOf(0.65, "drained"),
        cost: Goal::None,
        load: load(128, 64, Runtime::Single),
        of: |contender| contender.calls,
    },
    Line {
        name: "threads-1",
        title: "64 B, one call at a time, threads",
        unit: Unit::Microseconds,
        goal: Goal::None,
        cost: Goal::None,
        load: load(1, 64, Runtime::Multi),
        of: |contender| contender.calls,
    },
    Line {
        name: "threads-128",
        title: "64 B, 128 calls at a time, threads",
        unit: Unit::Millions,
        goal: Goal::AtLeast(0.6),
        cost: Goal::None,
        load: load(128, 64, Runtime::Multi),
        of: |contender| contender.rpc.then_some(contender.calls?),
    },
    Line {
        name: "large",
        title: "64 KiB, 16 calls at a time",
        unit: Unit::Thousands,
        goal: Goal::TimesGreatest(1.0),
        cost: Goal::None,
        load: load(16, 64 << 10, Runtime::Single),
        of: |contender| contender.rpc.then_some(contender.calls?),
    },
    Line {
        name: "one-way",
        title: "64 B, one way",
        unit: Unit::Millions,
        // At least 0.8 of `Framed` with feed is asked of push-pull, among the patterns.
        goal: Goal::AtLeastTimesOf(1.0, "tonic"),
        cost: Goal::None,
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.one_way,
    },
    Line {
        name: "grpc-1",
        title: "gRPC: 64 B, one call at a time",
        unit: Unit::Microseconds,
        goal: Goal::AtMostTimesOf(1.1, "tonic"),
        cost: Goal::AtMostTimesOf(1.1, "tonic"),
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.grpc,
    },
    Line {
        name: "grpc-128",
        title: "gRPC: 64 B, 128 calls at a time",
        unit: Unit::Microseconds,
        goal: Goal::AtMostTimesOf(1.1, "tonic"),
        cost: Goal::AtMostTimesOf(1.1, "tonic"),
        load: load(128, 64, Runtime::Single),
        of: |contender| contender.grpc,
    },
    Line {
        name: "grpc-large",
        title: "gRPC: 64 KiB, 16 calls at a time",
        unit: Unit::Microseconds,
        goal: Goal::AtMostTimesOf(1.1, "tonic"),
        cost: Goal::AtMostTimesOf(1.1, "tonic"),
        load: load(16, 64 << 10, Runtime::Single),
        of: |contender| contender.grpc,
    },
    Line {
        name: "grpc-one-way",
        title: "gRPC: 64 B, stream of the server",
        unit: Unit::Microseconds,
        goal: Goal::AtMostTimesOf(1.1, "tonic"),
        cost: Goal::AtMostTimesOf(1.1, "tonic"),
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.grpc_one_way,
    },
    Line {
        name: "ready",
        title: "in-process, ready handler",
        unit: Unit::Microseconds,
        goal: Goal::AtMost(0.2),
        cost: Goal::None,
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.ready,
    },
    Line {
        name: "tasks",
        title: "in-process, across tasks",
        unit: Unit::Microseconds,
        goal: Goal::AtMost(0.5),
        cost: Goal::None,
        load: load(1, 64, Runtime::Single),
        of: |contender| contender.tasks,
    },
];
