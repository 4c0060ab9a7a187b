//! The section `threads`.

use std::time::Duration;

use super::{
    entries::Entries,
    keys::{Expected, Key, key},
    lports::DESCRIPTION,
    options::{MODE_WORDS, mode},
    report::{AN_OBJECT, Report},
    sections::Named,
};
use crate::config::{CoreGroup, Diagnostic, Lport, Span, Thread};

/// The group of threads that name none.
const DEFAULT_GROUP: &str = "default";

const TIMEOUT: Expected = Expected::Number {
    range: 0..=i32::MAX as u64,
    unit: "milliseconds",
};

pub(super) const THREAD: &[Key] = &[
    key(
        "group",
        Expected::Text,
        "Its processors, an lcore group; `default` if missing.",
    ),
    key(
        "lports",
        Expected::Texts,
        "The lports that it serves; no other thread does.",
    ),
    key(
        "mode",
        Expected::Abbreviable(&MODE_WORDS),
        "What it does with packets, if not what the option `mode` says. Not a key of CNDP.",
    ),
    key(
        "idle_timeout",
        TIMEOUT,
        "Milliseconds without a packet until it is idle; 0: never.",
    ),
    key(
        "intr_timeout",
        TIMEOUT,
        "Milliseconds that it sleeps once idle; 0: it goes on polling.",
    ),
    DESCRIPTION,
];

pub(super) fn read(
    named: &[Named<'_>],
    lports: &[Lport],
    groups: &[CoreGroup],
    report: &mut Report<'_>,
) -> Vec<Thread> {
    let mut threads = Vec::new();
    // Who serves each lport, and where that is said.
    let mut served = vec![None; lports.len()];
    for (name, place, value) in named {
        let path = format!("threads.{name}");
        let Some(object) = value.as_object() else {
            report.wrong_value(&path, value, AN_OBJECT);
            continue;
        };
        let entries = Entries::read(path, *place, object, THREAD, report);
        let timeout = |name| {
            let milliseconds = entries.number(name).filter(|number| *number > 0);
            milliseconds.map(Duration::from_millis)
        };
        threads.push(Thread {
            name: (*name).to_owned(),
            span: *place,
            description: entries.owned("description"),
            kind: super::lports::interface(name).to_owned(),
            core_group: core_group(&entries, groups, report),
            lports: lports_of(&entries, name, lports, &mut served, report),
            mode: mode(&entries, report),
            idle_timeout: timeout("idle_timeout"),
            interrupt_timeout: timeout("intr_timeout"),
        });
    }
    threads
}

fn core_group(
    entries: &Entries<'_>,
    groups: &[CoreGroup],
    report: &mut Report<'_>,
) -> Option<usize> {
    let find = |name| groups.iter().position(|group| group.name == name);
    let Some(name) = entries.filled("group") else {
        return find(DEFAULT_GROUP);
    };
    let found = find(name.value);
    if found.is_none() {
        let names = groups.iter().map(|group| group.name.as_str());
        let key = entries.key("group");
        report.unknown_name(&key, ("the lcore group", name.value), name.span, names);
    }
    found
}

/// The lports of a thread. One that another thread serves is left to that one, as files of CNDP name lports in two threads.
fn lports_of<'a>(
    entries: &Entries<'_>,
    thread: &'a str,
    lports: &[Lport],
    served: &mut [Option<(&'a str, Span)>],
    report: &mut Report<'_>,
) -> Vec<usize> {
    let mut indices = Vec::new();
    for name in entries.texts("lports") {
        let key = entries.key("lports");
        let Some(index) = lports.iter().position(|lport| lport.name == name.value) else {
            let names = lports.iter().map(|lport| lport.name.as_str());
            report.unknown_name(&key, ("the lport", name.value), name.span, names);
            continue;
        };
        match served[index] {
            Some((other, place)) => {
                let message = format!(
                    "lport `{}` is served by thread `{other}` already; `{thread}` does without it",
                    name.value
                );
                let twice = Diagnostic::warning(name.span, message).with_key(key);
                report.add(twice.with_place(place, "served here"));
            }
            None => {
                served[index] = Some((thread, name.span));
                indices.push(index);
            }
        }
    }
    indices
}

/// Looks for lports that no thread serves.
pub(super) fn check(threads: &[Thread], lports: &[Lport], report: &mut Report<'_>) {
    for (index, lport) in lports.iter().enumerate() {
        if !threads.iter().any(|thread| thread.lports.contains(&index)) {
            let message = format!("no thread serves lport `{}`", lport.name);
            let finding = Diagnostic::warning(lport.span, message);
            let help = format!(
                "name it in `lports` of a thread: `\"lports\": [\"{}\"]`",
                lport.name
            );
            report.add(
                finding
                    .with_key(format!("lports.{}", lport.name))
                    .with_help(help),
            );
        }
    }
}
