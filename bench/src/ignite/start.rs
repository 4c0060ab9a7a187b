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
};
use crate::{fleet::Fleet, program};

/// The line's name.
pub(crate) const NAME: &str = "start";
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

/// The quickest of several runs: what the machine does beside only adds.
pub(crate) fn turn(contender: &Contender, fleet: &Fleet, scale: Scale) -> anyhow::Result<Outcome> {
    let command = contender.start_command(fleet.addresses());
    let times = times(scale, || program::run(&command))?;
    let quickest = times.into_iter().min().context("no start")?;
    Ok(Outcome {
        operations: 1,
        seconds: quickest.as_secs_f64(),
        ..Outcome::default()
    })
}

/// How long each of several runs took.
pub(super) fn times(
    scale: Scale,
    mut run: impl FnMut() -> anyhow::Result<String>,
) -> anyhow::Result<Vec<Duration>> {
    let until = Instant::now() + scale.turn;
    let mut times = Vec::new();
    while times.len() < LEAST || (times.len() < scale.starts && Instant::now() < until) {
        let before = Instant::now();
        run()?;
        times.push(before.elapsed());
    }
    Ok(times)
}
