//! A whole process that uses `libignite.so` as the published article does: two functions, two numbers.

use std::{fs, process::Command};

use anyhow::ensure;
use bench_client::Outcome;

use super::{Scale, contender::of_libignite, line::Figure, start};
use crate::{fleet::Fleet, program, report::Goal};

/// The line's name.
pub(crate) const NAME: &str = "process";

/// What is measured, and what is asked of it.
pub(super) const FIGURES: &[Figure] = &[
    Figure {
        // The article measured 47 ms with its library.
        name: "process with libignite (article: 47)",
        unit: "ms",
        goal: Goal::AtMost(6.0),
        value: |outcome| Some(outcome.seconds * 1e3),
    },
    Figure {
        name: "libignite.so, stripped",
        unit: "MB",
        goal: Goal::AtMost(6.0),
        value: |outcome| outcome.values.get("megabytes").copied(),
    },
];

/// The median of several runs.
pub(crate) fn turn(fleet: &Fleet, scale: Scale) -> anyhow::Result<Outcome> {
    let program = of_libignite("bin/hello")?;
    let addresses = fleet.addresses().join(",");
    let times = start::times(scale, 1, |_| {
        let mut command = Command::new(&program);
        let told = program::output_of(command.env("IGNITE_ADDRESSES", &addresses))?;
        ensure!(
            told.trim() == "Result from cache: 43",
            "it printed {told:?}"
        );
        Ok(told)
    })?;
    let mut times = times.concat();
    times.sort_unstable();
    let bytes = fs::metadata(of_libignite("lib/libignite.so")?)?.len();
    Ok(Outcome {
        operations: times.len() as u64,
        seconds: times[times.len() / 2].as_secs_f64(),
        values: [("megabytes".to_owned(), bytes as f64 / 1e6)].into(),
        ..Outcome::default()
    })
}
