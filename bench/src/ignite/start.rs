//! What a short-lived program costs: connect, create a cache, put, get, exit.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bench_client::Outcome;

use super::{Scale, contender::Contender};
use crate::{fleet::Fleet, program};

/// The line's name.
pub(crate) const NAME: &str = "start";
/// Of a program that is slow to start, too, one run may be disturbed.
const LEAST: usize = 3;

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
