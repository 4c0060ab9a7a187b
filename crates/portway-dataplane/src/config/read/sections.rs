//! The sections of a file, in the order in which they depend on each other.

use std::collections::BTreeMap;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use serde_json::Map;

use super::{
    QueueCount, consistency,
    core_groups::{self, CORE_GROUP},
    defaults::{DEFAULTS, Defaults},
    entries::Entries,
    keys::{Expected, Key, key},
    lport_groups::{self, LPORT_GROUP},
    lports::{self, LPORT},
    options::{self, OPTIONS},
    report::{AN_OBJECT, Report, span},
    threads::{self, THREAD},
    umems::{self, UMEM},
    words,
};
use crate::config::{Configuration, Diagnostic, Span};

/// What a section is made of.
#[derive(Debug)]
pub(in crate::config) enum Content {
    /// Keys.
    Keys(&'static [Key]),
    /// Names of objects with these keys.
    Objects(&'static [Key]),
    /// Names of values of this kind.
    Values(Key),
    /// Whatever the user wants.
    Anything,
}

/// Every section with what it is for.
pub(in crate::config) const SECTIONS: [(&str, Content, &str); 9] = [
    (
        "application",
        Content::Keys(APPLICATION),
        "What the program is called.",
    ),
    (
        "defaults",
        Content::Keys(DEFAULTS),
        "What holds where a umem does not say it.",
    ),
    (
        "options",
        Content::Keys(OPTIONS),
        "What the program as a whole does.",
    ),
    ("umems", Content::Objects(UMEM), "Packet memory."),
    (
        "lports",
        Content::Objects(LPORT),
        "Logical ports: one queue of an interface each. Their order is their index.",
    ),
    (
        "lport-groups",
        Content::Objects(LPORT_GROUP),
        "Logical ports for many queues of many interfaces, dealt out to threads.",
    ),
    (
        "lcore-groups",
        Content::Values(CORE_GROUP),
        "Processors under a name.",
    ),
    ("threads", Content::Objects(THREAD), "Threads."),
    (
        "users",
        Content::Anything,
        "Whatever the user wants to keep here.",
    ),
];

const APPLICATION: &[Key] = &[
    key("name", Expected::Text, "The name of the program."),
    key("description", Expected::Text, "What it is for.").also(&["desc"]),
];

/// An object with its name and where that stands.
pub(super) type Named<'a> = (&'a str, Span, &'a Value<'a>);

/// The sections of one file.
#[derive(Debug, Default)]
pub(super) struct Sections<'a> {
    found: BTreeMap<&'a str, &'a ObjectProp<'a>>,
}

impl<'a> Sections<'a> {
    pub(super) fn read(root: &'a Object<'a>, report: &mut Report<'_>) -> Self {
        let mut sections = Self::default();
        for property in &root.properties {
            let name = property.name.as_str();
            if let Some(first) = sections.found.get(name) {
                let twice = format!("the section `{name}` is given twice");
                let twice = Diagnostic::error(span(&property.name), twice).with_key(name);
                report.add(twice.with_place(span(&first.name), "first given here"));
            } else if SECTIONS.iter().all(|(known, ..)| *known != name) {
                report.add(unknown_section(property));
            } else if property.value.as_object().is_none() {
                report.wrong_value(name, &property.value, AN_OBJECT);
            } else {
                sections.found.insert(name, property);
            }
        }
        sections
    }

    pub(super) fn configuration(
        &self,
        queue_count: QueueCount<'_>,
        report: &mut Report<'_>,
    ) -> Configuration {
        let application = self.entries("application", APPLICATION, report);
        let defaults = Defaults::read(&self.entries("defaults", DEFAULTS, report));
        let mut umems = umems::read(&self.named("umems", report), &defaults, report);
        let core_groups = core_groups::read(&self.named("lcore-groups", report), report);
        let (options, device_plugin) =
            options::read(&self.entries("options", OPTIONS, report), report);
        let named = self.named("lports", report);
        let mut lports = lports::read(&named, &umems, device_plugin.as_deref(), report);
        let named = self.named("threads", report);
        let mut threads = threads::read(&named, &lports, &core_groups, report);
        lport_groups::Expansion {
            umems: &mut umems,
            lports: &mut lports,
            threads: &mut threads,
            defaults: &defaults,
            device_plugin: device_plugin.as_deref(),
            queue_count,
        }
        .read(&self.named("lport-groups", report), report);
        consistency::check(&lports, &umems, report);
        if !report.has_errors() {
            threads::check(&threads, &lports, report);
        }
        Configuration {
            name: application.owned("name"),
            description: application.owned("description"),
            umems,
            lports,
            core_groups,
            threads,
            options,
            users: self.users(),
            warnings: Vec::new(),
        }
    }

    /// The keys of a section; none where it is missing.
    fn entries(
        &self,
        name: &'static str,
        keys: &'static [Key],
        report: &mut Report<'_>,
    ) -> Entries<'a> {
        let Some((property, object)) = self.object(name) else {
            return Entries::none(name);
        };
        Entries::read(name.to_owned(), span(&property.name), object, keys, report)
    }

    /// The entries of a section in their order, each name once.
    fn named(&self, section: &str, report: &mut Report<'_>) -> Vec<Named<'a>> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut named = Vec::new();
        let properties = self.object(section).map(|(_, object)| &object.properties);
        for property in properties.into_iter().flatten() {
            let (name, place) = (property.name.as_str(), span(&property.name));
            if let Some(first) = seen.insert(name, place) {
                let twice = format!("`{section}.{name}` is given twice");
                let twice = Diagnostic::error(place, twice).with_key(format!("{section}.{name}"));
                report.add(twice.with_place(first, "first given here"));
            } else if is_usable(name) {
                named.push((name, place, &property.value));
            } else {
                report.add(unusable_name(section, name, place));
            }
        }
        named
    }

    fn object(&self, name: &str) -> Option<(&'a ObjectProp<'a>, &'a Object<'a>)> {
        let property = self.found.get(name)?;
        Some((property, property.value.as_object()?))
    }

    fn users(&self) -> Map<String, serde_json::Value> {
        let properties = self.object("users").map(|(_, object)| &object.properties);
        let values = properties.into_iter().flatten().map(|property| {
            let name = property.name.as_str().to_owned();
            (name, serde_json::Value::from(property.value.clone()))
        });
        values.collect()
    }
}

/// The longest name of an lport, a thread and so on, in bytes.
const NAME_LIMIT: usize = 63;

fn is_usable(name: &str) -> bool {
    let printable = |letter: char| !letter.is_control() && !letter.is_whitespace();
    !name.is_empty() && name.len() <= NAME_LIMIT && name.chars().all(printable)
}

fn unusable_name(section: &str, name: &str, place: Span) -> Diagnostic {
    Diagnostic::error(
        place,
        format!(
            "`{}` is no name for one of `{section}`",
            name.escape_debug()
        ),
    )
    .with_key(section)
    .with_label(format!("legal: 1 to {NAME_LIMIT} bytes without spaces"))
}

fn unknown_section(property: &ObjectProp<'_>) -> Diagnostic {
    let name = property.name.as_str();
    let names = || SECTIONS.iter().map(|(name, ..)| *name);
    let finding = Diagnostic::error(
        span(&property.name),
        format!("there is no section `{name}`"),
    )
    .with_key(name)
    .with_label(format!("legal: {}", words::list(names())));
    match words::nearest(name, names()) {
        Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
        None => finding.with_help("values of your own go into the section `users`"),
    }
}
