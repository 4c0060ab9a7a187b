//! What a configuration would do here, without doing it.

mod facts;
mod memory;
mod plan;
mod ports;
#[cfg(test)]
mod tests;
mod threads;

pub use plan::{Lack, Plan, PortPlan, RegionPlan, ThreadPlan};
pub use threads::ranges;

use crate::config::{Configuration, Span};
use facts::Facts;

/// Tells what a configuration would do on this machine, and what the machine lacks for it. Opens nothing, changes
/// nothing, and needs no privilege.
pub fn check(configuration: &Configuration) -> Plan {
    assess(configuration, &Facts::gather(configuration))
}

/// What follows from what is known about a machine.
fn assess(configuration: &Configuration, facts: &Facts) -> Plan {
    let mut plan = Plan::default();
    memory::assess(configuration, facts, &mut plan);
    ports::assess(configuration, facts, &mut plan);
    threads::assess(configuration, facts, &mut plan);
    plan
}

/// The name of a thing, and where it stands.
type Subject<'a> = (&'a str, Span);

impl Plan {
    fn lack(&mut self, subject: Subject<'_>, problem: String, remedy: impl Into<String>) {
        add(&mut self.lacks, subject, problem, remedy.into());
    }

    fn note(&mut self, subject: Subject<'_>, problem: String, remedy: impl Into<String>) {
        add(&mut self.notes, subject, problem, remedy.into());
    }
}

/// Adds a finding, or the name to a finding that says the same.
fn add(found: &mut Vec<Lack>, (name, span): Subject<'_>, problem: String, remedy: String) {
    let name = name.to_owned();
    let same = |known: &&mut Lack| known.problem == problem && known.remedy == remedy;
    match found.iter_mut().find(same) {
        Some(known) if known.names.contains(&name) => {}
        Some(known) => known.names.push(name),
        None => found.push(Lack {
            names: vec![name],
            span,
            problem,
            remedy,
        }),
    }
}
