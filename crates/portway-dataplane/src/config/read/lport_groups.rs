//! The section `lport-groups`: lports for many queues, dealt out to threads.

use std::{collections::BTreeSet, path::Path};

use super::{
    QueueCount,
    defaults::{Defaults, UNIT},
    drivers::{self, Driver},
    entries::Entries,
    keys::{Expected, Key, key},
    lports::{
        BUSY_BUDGET, BUSY_POLL, BUSY_TIMEOUT, DESCRIPTION, FORCE_WAKEUP, GREATEST_QUEUE, MATCH,
        PMD, SKB_MODE, common_options, plain, umem_of,
    },
    matches, ranges,
    report::{AN_OBJECT, Report},
    sections::Named,
    umems::DEFAULT_RING,
};
use crate::config::{
    BackEnd, Diagnostic, Located, Lport, SocketMapOrigin, Span, Thread, Umem, XdpOptions,
};

/// The umem that is made for groups which name none.
const COMMON_UMEM: &str = "lport-group";
/// Buffers of it for each descriptor of an lport.
const BUFFERS_PER_DESCRIPTOR: usize = 3;
/// The most lports that groups may stand for.
const LPORT_LIMIT: usize = 4096;

const ALL: &str = "all";

pub(super) const LPORT_GROUP: &[Key] = &[
    key("netdevs", Expected::Texts, "The names of the interfaces."),
    key(
        "queues",
        Expected::RangesOr {
            greatest: GREATEST_QUEUE,
            word: ALL,
        },
        "The receive queues of each interface; all, if missing.",
    ),
    key(
        "threads",
        Expected::Texts,
        "The threads that get the lports in turn.",
    ),
    PMD,
    key(
        "umem",
        Expected::Text,
        "Their packet memory; one is made, if missing.",
    ),
    BUSY_POLL,
    BUSY_TIMEOUT,
    BUSY_BUDGET,
    FORCE_WAKEUP,
    SKB_MODE,
    MATCH,
    DESCRIPTION,
    key(
        "inhibit_prog_load",
        Expected::Unused("the option `uds_path` says that no program is attached"),
        "Does nothing: see the option uds_path.",
    ),
];

/// What groups are expanded into.
pub(super) struct Expansion<'a> {
    pub(super) umems: &'a mut Vec<Umem>,
    pub(super) lports: &'a mut Vec<Lport>,
    pub(super) threads: &'a mut [Thread],
    pub(super) defaults: &'a Defaults,
    pub(super) device_plugin: Option<&'a Path>,
    pub(super) queue_count: QueueCount<'a>,
}

impl Expansion<'_> {
    pub(super) fn read(mut self, named: &[Named<'_>], report: &mut Report<'_>) {
        // The index that the common umem will have, if one is needed.
        let common = self.umems.iter().position(|umem| umem.name == COMMON_UMEM);
        let common = common.unwrap_or(self.umems.len());
        for (name, place, value) in named {
            let path = format!("lport-groups.{name}");
            let Some(object) = value.as_object() else {
                report.wrong_value(&path, value, AN_OBJECT);
                continue;
            };
            let entries = Entries::read(path, *place, object, LPORT_GROUP, report);
            self.expand(&entries, common, report);
        }
        let users = self.lports.iter().filter(|lport| lport.umem == common);
        let (count, place) = (users.clone().count(), users.map(|lport| lport.span).next());
        if let Some(place) = place.filter(|_| common == self.umems.len()) {
            self.umems.push(common_umem(count, place, self.defaults));
        }
    }

    fn expand(&mut self, entries: &Entries<'_>, common: usize, report: &mut Report<'_>) {
        let threads = self.thread_indices(entries, report);
        let Some(back_end) = self.back_end(entries, report) else {
            return;
        };
        let umem = if entries
            .filled("umem")
            .is_some_and(|name| name.value != COMMON_UMEM)
        {
            umem_of(entries, self.umems, true, report).unwrap_or(common)
        } else {
            common
        };
        let pattern = Lport {
            name: String::new(),
            span: entries.span(),
            description: entries.owned("description"),
            interface: String::new(),
            back_end,
            umem,
            region: 0,
        };
        let mut turn = threads.into_iter().cycle();
        for netdev in required(entries, "netdevs", report) {
            for queue in self.queues(entries, netdev, report) {
                let thread = turn.next();
                self.add(&pattern, netdev.value, queue, thread, report);
            }
        }
    }

    fn thread_indices(&self, entries: &Entries<'_>, report: &mut Report<'_>) -> Vec<usize> {
        let names = || self.threads.iter().map(|thread| thread.name.as_str());
        let mut indices = Vec::new();
        for name in required(entries, "threads", report) {
            match names().position(|known| known == name.value) {
                Some(index) => indices.push(index),
                None => {
                    let key = entries.key("threads");
                    report.unknown_name(&key, ("the thread", name.value), name.span, names());
                }
            }
        }
        indices
    }

    fn back_end(&self, entries: &Entries<'_>, report: &mut Report<'_>) -> Option<BackEnd> {
        let driver = drivers::read(entries, Some(Driver::Xdp), report)?;
        let origin = self.device_plugin.map(Path::to_owned);
        Some(match driver {
            Driver::Xdp => BackEnd::Xdp(XdpOptions {
                socket_map: origin
                    .map_or(SocketMapOrigin::OwnProgram, SocketMapOrigin::DevicePlugin),
                rule: matches::read(entries, report),
                ..common_options(entries)
            }),
            Driver::Ring { peer: Some(_) } => {
                let message = "the lports of a group cannot all be joined to one ring";
                let finding = Diagnostic::error(entries.place("pmd"), message);
                report.add(finding.with_key(entries.key("pmd")));
                return None;
            }
            Driver::Ring { peer: None } => BackEnd::Ring { peer: None },
            other => plain(other),
        })
    }

    /// The queues of an interface that the group wants, in ascending order.
    fn queues(
        &self,
        entries: &Entries<'_>,
        netdev: Located<&str>,
        report: &mut Report<'_>,
    ) -> BTreeSet<u32> {
        let mut queues = BTreeSet::new();
        let key = entries.key("queues");
        let value = entries.value("queues");
        let all = entries.text("queues").is_some_and(|text| text.value == ALL);
        match value.filter(|_| !all) {
            Some(value) => {
                let alone = std::slice::from_ref(value);
                let elements = value.as_array().map_or(alone, |array| &array.elements);
                for element in elements {
                    ranges::collect(&key, element, GREATEST_QUEUE, &mut queues, report);
                }
            }
            None if all || !entries.has("queues") => match (self.queue_count)(netdev.value) {
                Some(count) => queues.extend(0..count.max(1)),
                None => report.add(no_interface(netdev, entries)),
            },
            None => {}
        }
        queues
    }

    fn add(
        &mut self,
        pattern: &Lport,
        netdev: &str,
        queue: u32,
        thread: Option<usize>,
        report: &mut Report<'_>,
    ) {
        let name = format!("{netdev}:{queue}");
        if let Some(first) = self.lports.iter().find(|lport| lport.name == name) {
            let message = format!("the group makes an lport `{name}`, which there is already");
            let twice = Diagnostic::error(pattern.span, message);
            report.add(twice.with_place(first.span, "here"));
            return;
        }
        if self.lports.len() >= LPORT_LIMIT {
            let message = format!("the groups stand for more than {LPORT_LIMIT} lports");
            report.add(Diagnostic::error(pattern.span, message));
            return;
        }
        let mut lport = Lport {
            name,
            interface: netdev.to_owned(),
            ..pattern.clone()
        };
        if let BackEnd::Xdp(options) = &mut lport.back_end {
            options.queue = queue;
        }
        if let Some(thread) = thread {
            self.threads[thread].lports.push(self.lports.len());
        }
        self.lports.push(lport);
    }
}

/// The texts of a list that has to have one at least.
fn required<'a>(
    entries: &Entries<'a>,
    name: &'static str,
    report: &mut Report<'_>,
) -> Vec<Located<&'a str>> {
    let texts: Vec<_> = entries.texts(name).collect();
    let refused = entries.has(name) && entries.value(name).is_none();
    if texts.is_empty() && !refused {
        let key = entries.key(name);
        let message = format!("`{key}` names none");
        let finding = Diagnostic::error(entries.place(name), message).with_key(key);
        report.add(finding.with_label("legal: a list of at least one name"));
    }
    texts
}

fn no_interface(netdev: Located<&str>, entries: &Entries<'_>) -> Diagnostic {
    let name = netdev.value;
    let message = format!("there is no interface `{name}` whose queues could be counted");
    Diagnostic::error(netdev.span, message)
        .with_key(entries.key("netdevs"))
        .with_help("`ip link` lists the interfaces; `\"queues\": \"0-3\"` names queues without counting them")
}

fn common_umem(lports: usize, span: Span, defaults: &Defaults) -> Umem {
    let ring = |units: Option<u64>| {
        let units = units.filter(|units| units.is_power_of_two());
        units.map_or(DEFAULT_RING, |units| (units * UNIT) as u32)
    };
    let (receive_ring, send_ring) = (ring(defaults.receive_ring), ring(defaults.send_ring));
    let descriptors = (receive_ring + send_ring) as usize * lports;
    let buffers = defaults
        .buffers
        .map_or(descriptors * BUFFERS_PER_DESCRIPTOR, |units| {
            (units * UNIT) as usize
        });
    Umem {
        name: COMMON_UMEM.to_owned(),
        span,
        description: None,
        buffer_size: (defaults.buffer_size.unwrap_or(2) * UNIT) as usize,
        regions: vec![buffers],
        buffers,
        pages: defaults.pages,
        receive_ring,
        send_ring,
        shared: true,
    }
}
