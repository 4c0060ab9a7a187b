//! The section `lports`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    drivers::{self, Captures, Driver},
    entries::Entries,
    keys::{Expected, Key, key},
    matches,
    report::{AN_OBJECT, Report},
    sections::Named,
};
use crate::{
    BusyPoll,
    config::{BackEnd, Diagnostic, Lport, SocketMapOrigin, Span, Umem, XdpOptions, XdpPath},
};

pub(super) const GREATEST_QUEUE: u64 = 65_535;

pub(super) const QUEUE: Expected = Expected::Number {
    range: 0..=GREATEST_QUEUE,
    unit: "the number of a receive queue",
};
pub(super) const BUSY_TIMEOUT: Key = key(
    "busy_timeout",
    Expected::Number {
        range: 0..=65_535,
        unit: "microseconds, 0 for 20",
    },
    "How long one call may poll the device, in microseconds; 0: 20.",
);
pub(super) const BUSY_BUDGET: Key = key(
    "busy_budget",
    Expected::Number {
        range: 0..=65_535,
        unit: "packets, 0 for 64",
    },
    "How many packets one call may take from the device; 0: 64.",
);
pub(super) const BUSY_POLL: Key = key(
    "busy_poll",
    Expected::Flag,
    "Whether the thread drives the device, without interrupts.",
)
.also(&["busy_polling"]);
pub(super) const FORCE_WAKEUP: Key = key(
    "force_wakeup",
    Expected::Flag,
    "Whether the kernel is called for each burst that is sent.",
);
pub(super) const SKB_MODE: Key = key(
    "skb_mode",
    Expected::Flag,
    "true: the kernel's general XDP code, with a copy. false: the driver, without a copy where that can be had.",
);
pub(super) const PMD: Key = key(
    "pmd",
    Expected::Text,
    "The driver: net_af_xdp, net_af_packet, net_tap, net_tun, net_null, net_ring[:LPORT], \
     net_pcap:rx_pcap=FILE,tx_pcap=FILE, net_udp:ADDRESS:PORT.",
);
pub(super) const MATCH: Key = key(
    "match",
    Expected::Texts,
    "Which frames are taken off the interface, if not all: udp:PORT, tcp:PORT, to:CIDR, from:CIDR, protocol:NUMBER, \
     ethertype:0xHEX, vlan:NUMBER. The kernel gets the others. Not a key of CNDP.",
);
pub(super) const DESCRIPTION: Key =
    key("description", Expected::Text, "What it is for.").also(&["desc"]);

pub(super) const LPORT: &[Key] = &[
    PMD,
    key(
        "qid",
        QUEUE,
        "The receive queue of the interface; 0 if missing.",
    ),
    key("umem", Expected::Text, "The name of its packet memory."),
    key(
        "region",
        Expected::Number {
            range: 0..=127,
            unit: "the index of a region of the umem",
        },
        "Which region of the umem; 0 if missing.",
    ),
    BUSY_POLL,
    BUSY_TIMEOUT,
    BUSY_BUDGET,
    FORCE_WAKEUP,
    SKB_MODE,
    key(
        "unaligned_buffers",
        Expected::Flag,
        "Whether buffers may lie anywhere.",
    ),
    key(
        "xsk_pin_path",
        Expected::Text,
        "Where another program has pinned the map of sockets; no program is attached then.",
    ),
    key(
        "uds_path",
        Expected::Text,
        "The socket of the AF_XDP device plugin; no program is attached then.",
    ),
    MATCH,
    DESCRIPTION,
    key(
        "netdev",
        Expected::Unused("the interface is what stands before the colon of the lport's name"),
        "Does nothing: the interface is what stands before the colon of the name.",
    ),
    key(
        "inhibit_prog_load",
        Expected::Unused("`xsk_pin_path` or `uds_path` say that no program is attached"),
        "Does nothing: see xsk_pin_path and uds_path.",
    ),
];

pub(super) fn read(
    named: &[Named<'_>],
    umems: &[Umem],
    device_plugin: Option<&Path>,
    report: &mut Report<'_>,
) -> Vec<Lport> {
    let names: Vec<&str> = named.iter().map(|(name, ..)| *name).collect();
    let mut lports = Vec::new();
    for (name, place, value) in named {
        let path = format!("lports.{name}");
        let Some(object) = value.as_object() else {
            report.wrong_value(&path, value, AN_OBJECT);
            // It keeps its index.
            lports.push(nothing(name, *place));
            continue;
        };
        let entries = Entries::read(path, *place, object, LPORT, report);
        lports.push(lport(
            name,
            &entries,
            (&names, umems, device_plugin),
            report,
        ));
    }
    lports
}

fn nothing(name: &str, span: Span) -> Lport {
    Lport {
        name: name.to_owned(),
        span,
        description: None,
        interface: interface(name).to_owned(),
        back_end: BackEnd::Null,
        umem: 0,
        region: 0,
    }
}

fn lport(
    name: &str,
    entries: &Entries<'_>,
    (lports, umems, device_plugin): (&[&str], &[Umem], Option<&Path>),
    report: &mut Report<'_>,
) -> Lport {
    let back_end = match drivers::read(entries, None, report) {
        None => BackEnd::Null,
        Some(Driver::Xdp) => BackEnd::Xdp(xdp_options(entries, device_plugin, report)),
        Some(Driver::Ring { peer }) => BackEnd::Ring {
            peer: peer.and_then(|peer| ring_peer(&peer, entries, lports, report)),
        },
        Some(other) => plain(other),
    };
    let umem = umem_of(entries, umems, true, report);
    Lport {
        back_end,
        description: entries.owned("description"),
        umem: umem.unwrap_or(0),
        region: umem.map_or(0, |umem| region(entries, &umems[umem], report)),
        ..nothing(name, entries.span())
    }
}

/// The back end of a driver that needs nothing else.
pub(super) fn plain(driver: Driver) -> BackEnd {
    match driver {
        Driver::PacketSocket => BackEnd::PacketSocket,
        Driver::Tap => BackEnd::Tap,
        Driver::Tun => BackEnd::Tun,
        Driver::Capture(Captures { replayed, written }) => BackEnd::Capture { replayed, written },
        Driver::Udp(address) => BackEnd::Udp(address),
        Driver::Xdp | Driver::Ring { .. } | Driver::Null => BackEnd::Null,
    }
}

/// What stands before the colon of a name.
pub(super) fn interface(name: &str) -> &str {
    name.split_once(':')
        .map_or(name, |(interface, _)| interface)
}

fn ring_peer(
    peer: &str,
    entries: &Entries<'_>,
    lports: &[&str],
    report: &mut Report<'_>,
) -> Option<usize> {
    let found = lports.iter().position(|name| *name == peer);
    if found.is_none() {
        let (key, place) = (entries.key("pmd"), entries.place("pmd"));
        report.unknown_name(&key, ("the lport", peer), place, lports.iter().copied());
    }
    found
}

/// The umem that an lport names, or a group of them. It has to, unless it may be left out.
pub(super) fn umem_of(
    entries: &Entries<'_>,
    umems: &[Umem],
    required: bool,
    report: &mut Report<'_>,
) -> Option<usize> {
    let key = entries.key("umem");
    let Some(name) = entries.filled("umem") else {
        let given = entries.has("umem") && entries.value("umem").is_none();
        if required && !given {
            let missing = format!("`{key}` is missing");
            let names = umems.iter().map(|umem| umem.name.as_str());
            let legal = format!("legal: {}", super::words::list(names));
            report.add(
                Diagnostic::error(entries.span(), missing)
                    .with_key(key)
                    .with_label(legal),
            );
        }
        return None;
    };
    let found = umems.iter().position(|umem| umem.name == name.value);
    if found.is_none() {
        let names = umems.iter().map(|umem| umem.name.as_str());
        report.unknown_name(&key, ("the umem", name.value), name.span, names);
    }
    found
}

fn region(entries: &Entries<'_>, umem: &Umem, report: &mut Report<'_>) -> usize {
    let region = entries.number("region").unwrap_or(0) as usize;
    if region < umem.regions.len() {
        return region;
    }
    let (key, last) = (entries.key("region"), umem.regions.len() - 1);
    let message = format!(
        "`{key}` is {region}, and umem `{}` has no such region",
        umem.name
    );
    report.add(
        Diagnostic::error(entries.place("region"), message)
            .with_key(key)
            .with_label(format!("legal: from 0 to {last}"))
            .with_place(umem.span, format!("it has {}", last + 1)),
    );
    0
}

fn xdp_options(
    entries: &Entries<'_>,
    device_plugin: Option<&Path>,
    report: &mut Report<'_>,
) -> XdpOptions {
    XdpOptions {
        queue: entries.number("qid").unwrap_or(0) as u32,
        rule: matches::read(entries, report),
        socket_map: socket_map(entries, device_plugin, report),
        ..common_options(entries)
    }
}

/// What lports and groups of them have in common.
pub(super) fn common_options(entries: &Entries<'_>) -> XdpOptions {
    let is_set = |name| entries.flag(name).unwrap_or(false);
    XdpOptions {
        queue: 0,
        path: if is_set("skb_mode") {
            XdpPath::Generic
        } else {
            XdpPath::Driver
        },
        busy_poll: is_set("busy_poll").then(|| busy_poll(entries)),
        always_wake: is_set("force_wakeup"),
        unaligned_chunks: is_set("unaligned_buffers"),
        rule: None,
        socket_map: SocketMapOrigin::OwnProgram,
    }
}

fn busy_poll(entries: &Entries<'_>) -> BusyPoll {
    let usual = BusyPoll::default();
    let given = |name| entries.number(name).filter(|number| *number > 0);
    BusyPoll {
        interval: given("busy_timeout").map_or(usual.interval, Duration::from_micros),
        budget: given("busy_budget").map_or(usual.budget, |budget| budget as u16),
    }
}

fn socket_map(
    entries: &Entries<'_>,
    device_plugin: Option<&Path>,
    report: &mut Report<'_>,
) -> SocketMapOrigin {
    let path = |name| entries.filled(name).map(|text| PathBuf::from(text.value));
    match (path("xsk_pin_path"), path("uds_path")) {
        (Some(_), Some(_)) => {
            let key = entries.key("uds_path");
            let message = format!("`{key}` and `xsk_pin_path` cannot both say where the map is");
            report.add(
                Diagnostic::error(entries.place("uds_path"), message)
                    .with_key(key)
                    .with_label("leave out one of them")
                    .with_place(entries.place("xsk_pin_path"), "the other one"),
            );
            SocketMapOrigin::OwnProgram
        }
        (Some(pin), None) => SocketMapOrigin::Pinned(pin),
        (None, Some(socket)) => SocketMapOrigin::DevicePlugin(socket),
        (None, None) => device_plugin.map_or(SocketMapOrigin::OwnProgram, |socket| {
            SocketMapOrigin::DevicePlugin(socket.to_owned())
        }),
    }
}
