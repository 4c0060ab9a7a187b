//! What a short-lived program costs: connect, create a cache, put, get, exit.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bench_client::Outcome;

use super::{
    Scale,
    contender::{Contender, MANIFEST},
    line::Figure,
};
use crate::{fleet::Fleet, program, report::Goal};

/// The line's name.
pub(crate) const NAME: &str = "start";

/// What is measured, and what is asked of it: the quickest, as what the machine does beside only adds.
pub(super) const FIGURES: &[Figure] = &[
    Figure {
        name: "start, connect, create, put, get, exit",
        unit: "ms",
        goal: Goal::TimesLeast(1.0),
        value: |outcome| Some(outcome.seconds * 1e3),
    },
    Figure {
        name: "the same, median",
        unit: "ms",
        goal: Goal::None,
        value: |outcome| outcome.p50_microseconds.map(|time| time / 1e3),
    },
];

/// Of a program that is slow to start, too, one run may be disturbed.
const LEAST: usize = 3;

/// Copies a program, as its installation would.
///
/// The kernel maps a program from its page cache, and is quicker where a file lies there in large
/// pieces. That depends on how it was written: what a linker wrote piece by piece begins up to a tenth
/// of a millisecond later than its own copy. Copied, all contenders begin alike.
///
/// # Errors
///
/// Fails when the copy cannot be written.
pub(super) fn installed(program: &str) -> anyhow::Result<String> {
    let program = Path::new(program);
    let name = program.file_name().context("a program has a name")?;
    let folder = Path::new(MANIFEST).join("target/starts");
    let copy = folder.join(name);
    let copied = fs::create_dir_all(&folder).and_then(|()| {
        // A new file: what is overwritten lies where it was.
        let _ = fs::remove_file(&copy);
        fs::copy(program, &copy)
    });
    copied.with_context(|| format!("copying {} to {}", program.display(), copy.display()))?;
    Ok(copy.to_string_lossy().into_owned())
}

/// Lets all contenders start by turns, process after process.
///
/// A node gets quicker while its compiler works: by turns, all meet it alike.
///
/// # Errors
///
/// Fails when a program does.
pub(crate) fn turns(
    contenders: &[&Contender],
    fleet: &Fleet,
    scale: Scale,
) -> anyhow::Result<Vec<Outcome>> {
    let commands: Vec<_> = contenders
        .iter()
        .map(|contender| contender.start_command(fleet.addresses()))
        .collect();
    let times = times(scale, commands.len(), |index| {
        program::run(&commands[index]).with_context(|| contenders[index].name)
    })?;
    times.into_iter().map(outcome).collect()
}

fn outcome(mut times: Vec<Duration>) -> anyhow::Result<Outcome> {
    times.sort_unstable();
    let quickest = times.first().context("no start")?;
    let median = times[times.len() / 2];
    Ok(Outcome {
        operations: 1,
        seconds: quickest.as_secs_f64(),
        p50_microseconds: Some(median.as_secs_f64() * 1e6),
        ..Outcome::default()
    })
}

/// How long each of several runs took, of each of so many programs, which run by turns.
///
/// Each begins in its turn, so that none always follows the same other, and runs until it had as many
/// runs or as much time as a turn has.
pub(super) fn times(
    scale: Scale,
    programs: usize,
    mut run: impl FnMut(usize) -> anyhow::Result<String>,
) -> anyhow::Result<Vec<Vec<Duration>>> {
    let mut times = vec![Vec::new(); programs];
    for pass in 0..scale.starts.max(LEAST) {
        for index in (0..programs).map(|place| (place + pass) % programs) {
            let spent: Duration = times[index].iter().sum();
            if pass < LEAST || spent < scale.turn {
                let before = Instant::now();
                run(index)?;
                times[index].push(before.elapsed());
            }
        }
    }
    Ok(times)
}
