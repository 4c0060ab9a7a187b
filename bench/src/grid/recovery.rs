//! How long a durable grid takes to have its entries back.

use std::time::Instant;

use anyhow::ensure;

use super::{Scale, entries::Client};
use crate::{
    fleet::{Keeping, folder_on_disk, grid_in},
    report::{Goal, PORTWAY, Report},
};

/// The line's name.
pub(super) const NAME: &str = "recovery";

/// Starts after one another, each of which reads all.
const STARTS: usize = 5;

/// Puts entries one by one, kills the grid, and starts it again.
pub(super) fn measure(scale: Scale, report: &mut Report) -> anyhow::Result<()> {
    eprintln!("recovery of {} entries ...", scale.entries);
    let folder = folder_on_disk()?;
    let grid = grid_in(folder.path(), Keeping::LogOnly)?;
    Client::of(&grid.address)?.put(0..scale.entries)?;
    drop(grid);
    for _ in 0..STARTS {
        let before = Instant::now();
        let grid = grid_in(folder.path(), Keeping::LogOnly)?;
        let seconds = before.elapsed().as_secs_f64();
        let found = Client::of(&grid.address)?.size()?;
        ensure!(found == scale.entries, "{found} entries are back");
        let goal = Goal::AtMost(1.0);
        report.add("recovery of 1 M entries", "s", goal, PORTWAY, seconds);
    }
    Ok(())
}
