//! What a call through `libignite.so` costs beside the same call in Rust.

use bench_client::Outcome;

use super::{
    Scale,
    contender::{of_libignite, own},
    line::{Figure, carry_out},
};
use crate::{fleet::Fleet, report::Goal};

/// The line's name.
pub(crate) const NAME: &str = "c-interface";

/// What the program tells, and what is asked of it.
pub(super) const FIGURES: &[Figure] = &[
    Figure {
        name: "C interface, more time of the caller a call",
        unit: "ns",
        goal: Goal::AtMost(200.0),
        value: |outcome| value(outcome, "more_caller_nanoseconds"),
    },
    Figure {
        name: "the caller's time in Rust",
        unit: "ns",
        goal: Goal::None,
        value: |outcome| value(outcome, "rust_caller_nanoseconds"),
    },
    Figure {
        name: "C interface, more time of the process a call",
        unit: "ns",
        goal: Goal::None,
        value: |outcome| value(outcome, "more_cpu_nanoseconds"),
    },
    Figure {
        name: "C interface, time more a call",
        unit: "ns",
        goal: Goal::None,
        value: |outcome| value(outcome, "more_nanoseconds"),
    },
    Figure {
        name: "processor time of a call in Rust",
        unit: "ns",
        goal: Goal::None,
        value: |outcome| value(outcome, "rust_cpu_nanoseconds"),
    },
    Figure {
        name: "put or get in C, p50",
        unit: "us",
        goal: Goal::None,
        value: |outcome| value(outcome, "c_p50_microseconds"),
    },
    Figure {
        name: "put or get in Rust, p50",
        unit: "us",
        goal: Goal::None,
        value: |outcome| value(outcome, "rust_p50_microseconds"),
    },
    Figure {
        name: "memory more after the second half",
        unit: "kB",
        goal: Goal::AtMost(256.0),
        value: |outcome| value(outcome, "growth_kilobytes"),
    },
];

fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    outcome.values.get(name).copied()
}

pub(crate) fn turn(fleet: &Fleet, scale: Scale) -> anyhow::Result<Outcome> {
    let program = own("bench-c-interface")?;
    let library = of_libignite("lib/libignite.so")?;
    let words = vec![program, library, scale.calls.to_string()];
    carry_out(&[words, fleet.addresses().to_vec()].concat())
}
