//! Threads: their mode, what the mode needs, and their processors.

use super::{Plan, ThreadPlan, facts::Facts};
use crate::config::{Configuration, Mode, Span, Thread};

pub(super) fn assess(configuration: &Configuration, facts: &Facts, plan: &mut Plan) {
    for thread in &configuration.threads {
        assess_cores(configuration, thread, facts, plan);
        if thread.lports.is_empty() {
            continue;
        }
        let mode = configuration.mode_of(thread);
        assess_mode(
            configuration,
            (&thread.name, thread.span),
            mode,
            facts,
            plan,
        );
        let lports = thread.lports.iter();
        plan.threads.push(ThreadPlan {
            name: thread.name.clone(),
            mode,
            lports: lports
                .map(|lport| configuration.lports[*lport].name.clone())
                .collect(),
            cores: configuration.cores_of(thread).map(<[usize]>::to_vec),
        });
    }
}

fn assess_cores(configuration: &Configuration, thread: &Thread, facts: &Facts, plan: &mut Plan) {
    let cores = configuration.cores_of(thread).unwrap_or_default();
    let missing: Vec<usize> = cores
        .iter()
        .copied()
        .filter(|core| !facts.cores.contains(core))
        .collect();
    if missing.is_empty() {
        return;
    }
    let problem = format!(
        "it wants processors {}, and this process may use {}",
        ranges(&missing),
        ranges(facts.cores.iter()),
    );
    let group = thread
        .core_group
        .map(|group| &configuration.core_groups[group].name);
    let remedy = format!(
        "change `lcore-groups.{}` to some of {}",
        group.map_or("default", String::as_str),
        ranges(facts.cores.iter()),
    );
    plan.lack((&thread.name, thread.span), problem, remedy);
}

/// What a mode cannot do without.
fn assess_mode(
    configuration: &Configuration,
    subject: (&str, Span),
    mode: Option<Mode>,
    facts: &Facts,
    plan: &mut Plan,
) {
    let options = &configuration.options;
    match mode {
        None => {
            let problem = "nothing says what it does with packets".to_owned();
            plan.lack(
                subject,
                problem,
                "add `\"mode\": \"drop\"` or another mode to `options`",
            );
        }
        Some(Mode::Route) if options.routes.is_empty() => {
            let problem = "mode l3fwd has no routes: every packet is dropped".to_owned();
            plan.note(subject, problem, "add `l3fwd-fib-rules` to `options`");
        }
        Some(Mode::AclStrict) if options.acl_rules.is_empty() && !options.acl_demonstration => {
            let problem = "mode acl-strict has no rules: every packet is dropped".to_owned();
            plan.note(subject, problem, "add `acl-rules` to `options`");
        }
        Some(Mode::Pattern) if options.patterns.is_empty() => {
            let problem = "there are no patterns: every packet is dropped".to_owned();
            plan.note(subject, problem, "add `hs-patterns` to `options`");
        }
        Some(Mode::Capture) if options.capture_file.is_none() => {
            let problem = "mode capture has no file to write".to_owned();
            plan.lack(subject, problem, "add `capture-file` to `options`");
        }
        Some(Mode::Replay) => match &options.replay_file {
            Some(path) if facts.paths.contains(path) => {}
            Some(path) => {
                let problem = format!("the file to replay, {}, is not there", path.display());
                plan.lack(subject, problem, "change `replay-file` in `options`");
            }
            None => {
                let problem = "mode replay has no file to send".to_owned();
                plan.lack(subject, problem, "add `replay-file` to `options`");
            }
        },
        Some(_) => {}
    }
}

/// Writes numbers in ascending order as ranges: `0-3,7`.
pub fn ranges<'a>(numbers: impl IntoIterator<Item = &'a usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let texts: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_one_range() {
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
        assert_eq!(ranges(&[]), "");
    }
}
