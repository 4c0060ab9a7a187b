//! What a server holds of the machine's memory.

use super::{
    IGNITE, Scale,
    entries::{self, Client},
    servers,
};
use crate::{
    fleet::{Fleet, Keeping},
    report::{Goal, PORTWAY, Report},
};

/// The line of a server that has nothing to do.
pub(super) const IDLE: &str = "idle";
/// The line of what an entry costs.
pub(super) const ENTRIES: &str = "entries";

/// What is put before the growth is measured, under other keys: a part of `Scale::entries`.
const PUT_BEFORE: i64 = 10;

/// After a statement, so that what SQL needs is there.
pub(super) fn measure_idle(names: &[&'static str], report: &mut Report) -> anyhow::Result<()> {
    for name in names {
        eprintln!("memory of {name}, idle ...");
        let fleet = servers::start(name, Keeping::Nothing)?;
        Client::connect(&fleet)?.ask_by_sql()?;
        let goal = Goal::AtMost(15_000.0);
        report.add(
            "memory, idle, SQL was asked",
            "kB",
            goal,
            name,
            fleet.memory()?,
        );
    }
    Ok(())
}

/// The growth while so many entries are put, one by one, divided by their number.
pub(super) fn measure_entries(
    names: &[&'static str],
    scale: Scale,
    report: &mut Report,
) -> anyhow::Result<()> {
    for name in names {
        eprintln!("memory of {name}, by entries ...");
        let fleet = match *name {
            IGNITE => Fleet::node_with_full_heap()?,
            _ => servers::start(PORTWAY, Keeping::Nothing)?,
        };
        let growth = growth(&fleet, scale)? * 1e3 / scale.entries as f64;
        let goal = Goal::TimesLeast(1.0);
        let figure = "memory, a further entry of 100 B";
        report.add(figure, "B", goal, name, growth);
    }
    Ok(())
}

fn growth(fleet: &Fleet, scale: Scale) -> anyhow::Result<f64> {
    let client = Client::connect(fleet)?;
    client.put(-scale.entries / PUT_BEFORE..0)?;
    let before = fleet.memory()?;
    client.put(0..scale.entries)?;
    assert_eq!(entries::VALUE_LENGTH, 100, "the figure's name says so");
    Ok(fleet.memory()? - before)
}
