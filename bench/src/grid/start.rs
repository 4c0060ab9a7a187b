//! How long a server takes until it answers.

use std::time::Instant;

use super::{IGNITE, Scale, servers};
use crate::{
    fleet::{Keeping, folder_on_disk, grid_in},
    report::{Goal, PORTWAY, Report},
};

/// The line's name.
pub(super) const NAME: &str = "start";

const FIGURE: &str = "start until ready";
const DURABLE_FIGURE: &str = "start until ready, durable";
const GOAL: Goal = Goal::AtMost(10.0);

/// Each server in memory; ours also with a new data folder.
pub(super) fn measure(
    names: &[&'static str],
    scale: Scale,
    report: &mut Report,
) -> anyhow::Result<()> {
    for _ in 0..scale.starts {
        if names.contains(&PORTWAY) {
            add_ours(FIGURE, Keeping::Nothing, report)?;
            add_ours(DURABLE_FIGURE, Keeping::LogOnly, report)?;
        }
    }
    if names.contains(&IGNITE) {
        eprintln!("start of a real node ...");
        let before = Instant::now();
        let _fleet = servers::start(IGNITE, Keeping::Nothing)?;
        add(FIGURE, IGNITE, before, report);
    }
    Ok(())
}

fn add_ours(figure: &str, keeping: Keeping, report: &mut Report) -> anyhow::Result<()> {
    let folder = folder_on_disk()?;
    let before = Instant::now();
    let _grid = grid_in(folder.path(), keeping)?;
    add(figure, PORTWAY, before, report);
    Ok(())
}

fn add(figure: &str, server: &'static str, before: Instant, report: &mut Report) {
    let milliseconds = before.elapsed().as_secs_f64() * 1e3;
    report.add(figure, "ms", GOAL, server, milliseconds);
}
