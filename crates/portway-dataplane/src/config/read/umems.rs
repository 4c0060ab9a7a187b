//! The section `umems`.

use super::{
    defaults::{BUFFER_COUNT, BUFFER_SIZE, Defaults, GREATEST_BUFFERS, PAGES, RING, UNIT, pages},
    entries::{Entries, number},
    keys::{Expected, Key, key},
    report::{AN_OBJECT, Report, span},
    sections::Named,
};
use crate::config::{Diagnostic, Umem};

/// Entries of a ring where nobody says it.
pub(super) const DEFAULT_RING: u32 = 2048;
/// The most regions of a umem.
const REGION_LIMIT: usize = 128;
/// Bytes of a buffer, in units, where nobody says it.
const DEFAULT_BUFFER_SIZE: u64 = 2;

pub(super) const UMEM: &[Key] = &[
    key(
        "bufcnt",
        BUFFER_COUNT,
        "Buffers of the whole, in units of 1024.",
    ),
    key(
        "bufsz",
        BUFFER_SIZE,
        "Bytes of a buffer, in units of 1024. AF_XDP takes 2 to 4.",
    ),
    key("mtype", PAGES, "The pages that it is made of."),
    key(
        "regions",
        Expected::Numbers {
            range: 1..=GREATEST_BUFFERS,
            unit: "units of 1024 buffers",
        },
        "Its parts, in units of 1024 buffers; one, if missing.",
    ),
    key(
        "rxdesc",
        RING,
        "Entries of each receive ring, in units of 1024; 0: the default.",
    ),
    key(
        "txdesc",
        RING,
        "Entries of each send ring, in units of 1024; 0: the default.",
    ),
    key(
        "shared_umem",
        Expected::Flag,
        "Whether all lports are sockets of one memory.",
    ),
    key("description", Expected::Text, "What it is for.").also(&["desc"]),
];

pub(super) fn read(named: &[Named<'_>], defaults: &Defaults, report: &mut Report<'_>) -> Vec<Umem> {
    let mut umems = Vec::new();
    for (name, place, value) in named {
        let path = format!("umems.{name}");
        match value.as_object() {
            Some(object) => {
                let entries = Entries::read(path, *place, object, UMEM, report);
                umems.push(umem(name, &entries, defaults, report));
            }
            None => report.wrong_value(&path, value, AN_OBJECT),
        }
    }
    umems
}

fn umem(name: &str, entries: &Entries<'_>, defaults: &Defaults, report: &mut Report<'_>) -> Umem {
    let buffers = entries.number("bufcnt").or(defaults.buffers);
    if buffers.is_none() && !entries.has("bufcnt") {
        let message = format!("`umems.{name}` does not say how many buffers it has");
        let missing = Diagnostic::error(entries.span(), message).with_key(entries.key("bufcnt"));
        report.add(missing.with_help("add `\"bufcnt\": 16` here or in `defaults`"));
    }
    let buffers = buffers.unwrap_or(1) * UNIT;
    let size = entries.number("bufsz").or(defaults.buffer_size);
    Umem {
        name: name.to_owned(),
        span: entries.span(),
        description: entries.owned("description"),
        buffer_size: (size.unwrap_or(DEFAULT_BUFFER_SIZE) * UNIT) as usize,
        regions: regions(entries, buffers, report),
        buffers: buffers as usize,
        pages: pages(entries).unwrap_or(defaults.pages),
        receive_ring: ring(entries, "rxdesc", defaults.receive_ring, report),
        send_ring: ring(entries, "txdesc", defaults.send_ring, report),
        shared: entries.flag("shared_umem").unwrap_or(false),
    }
}

fn regions(entries: &Entries<'_>, buffers: u64, report: &mut Report<'_>) -> Vec<usize> {
    let given = entries.elements("regions").iter().filter_map(number);
    let regions: Vec<usize> = given.map(|units| (units * UNIT) as usize).collect();
    if regions.is_empty() {
        return vec![buffers as usize];
    }
    let sum: usize = regions.iter().sum();
    let problem = if regions.len() > REGION_LIMIT {
        format!("{} regions are too many", regions.len())
    } else if sum as u64 > buffers {
        let (sum, whole) = (sum as u64 / UNIT, buffers / UNIT);
        format!("the regions have {sum} units of buffers together, and the umem has {whole}")
    } else {
        return regions;
    };
    let legal = format!("legal: up to {REGION_LIMIT} numbers whose sum is at most `bufcnt`");
    let finding = Diagnostic::error(entries.place("regions"), problem);
    report.add(finding.with_key(entries.key("regions")).with_label(legal));
    regions
}

/// The entries of a ring: 0 stands for what the defaults say, and 0 there for the usual size.
fn ring(
    entries: &Entries<'_>,
    name: &'static str,
    default: Option<u64>,
    report: &mut Report<'_>,
) -> u32 {
    let own = entries.number(name).filter(|units| *units > 0);
    let units = own.or(default).unwrap_or(0);
    if units == 0 {
        return DEFAULT_RING;
    }
    if units.is_power_of_two() {
        return (units * UNIT) as u32;
    }
    let place = entries.value(name).filter(|_| own.is_some());
    let message = format!(
        "`{}` is {units}, which is no power of two",
        entries.key(name)
    );
    let finding = Diagnostic::error(place.map_or(entries.span(), span), message);
    let legal = "legal: 0, 1, 2, 4, 8, 16, 32 or 64";
    report.add(finding.with_key(entries.key(name)).with_label(legal));
    DEFAULT_RING
}
