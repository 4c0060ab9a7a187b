//! The section `lcore-groups`.

use std::collections::BTreeSet;

use super::{
    keys::{Expected, Key, key},
    ranges,
    report::{Report, span},
    sections::Named,
};
use crate::config::{CoreGroup, Diagnostic};

/// The kernel's sets of processors have places for numbers up to this one.
const GREATEST_CORE: u64 = 1023;

pub(super) const CORE_GROUP: Key = key(
    "lcore-groups",
    Expected::Ranges {
        greatest: GREATEST_CORE,
    },
    "Numbers of processors and ranges of them.",
);

pub(super) fn read(named: &[Named<'_>], report: &mut Report<'_>) -> Vec<CoreGroup> {
    let mut groups = Vec::new();
    for (name, place, value) in named {
        let key = format!("lcore-groups.{name}");
        let Some(array) = value.as_array() else {
            report.wrong_value(&key, value, &CORE_GROUP.expected.describe());
            continue;
        };
        let mut cores = BTreeSet::new();
        for element in &array.elements {
            ranges::collect(&key, element, GREATEST_CORE, &mut cores, report);
        }
        if array.elements.is_empty() {
            let message = format!("`{key}` names no processor");
            report.add(Diagnostic::error(span(*value), message).with_key(&key));
        }
        groups.push(CoreGroup {
            name: (*name).to_owned(),
            span: *place,
            cores: cores.into_iter().map(|core| core as usize).collect(),
        });
    }
    groups
}
