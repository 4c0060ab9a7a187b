//! The key `pmd`: a driver, and after a colon its options.

use std::{net::SocketAddr, path::PathBuf};

use super::{entries::Entries, report::Report, words};
use crate::config::{Diagnostic, Located};

/// What `pmd` says, before references are resolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Driver {
    Xdp,
    PacketSocket,
    Tap,
    Tun,
    Null,
    Ring { peer: Option<String> },
    Capture(Captures),
    Udp(SocketAddr),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Captures {
    pub(super) replayed: Option<PathBuf>,
    pub(super) written: Option<PathBuf>,
}

/// The drivers, and the forms of those that have options.
const DRIVERS: [&str; 8] = [
    "net_af_xdp",
    "net_af_packet",
    "net_tap",
    "net_tun",
    "net_ring",
    "net_null",
    "net_pcap",
    "net_udp",
];

/// Reads `pmd`; `missing` is the driver where the key may be left out. Reports what is wrong.
pub(super) fn read(
    entries: &Entries<'_>,
    missing: Option<Driver>,
    report: &mut Report<'_>,
) -> Option<Driver> {
    if let Some(text) = entries.text("pmd") {
        return parse(text, entries, report);
    }
    if missing.is_none() && !entries.has("pmd") {
        let message = format!("`{}` is missing", entries.key("pmd"));
        let finding = Diagnostic::error(entries.span(), message).with_key(entries.key("pmd"));
        report.add(finding.with_help("add `\"pmd\": \"net_af_xdp\"` for a queue of an interface"));
    }
    missing
}

fn parse(text: Located<&str>, entries: &Entries<'_>, report: &mut Report<'_>) -> Option<Driver> {
    let (name, given) = match text.value.split_once(':') {
        Some((name, options)) => (name, Some(options)),
        None => (text.value, None),
    };
    let plain = match name {
        "net_af_xdp" => Driver::Xdp,
        "net_af_packet" => Driver::PacketSocket,
        "net_tap" => Driver::Tap,
        "net_tun" => Driver::Tun,
        "net_null" => Driver::Null,
        "net_ring" => {
            let peer = given.map(ToOwned::to_owned);
            return Some(Driver::Ring { peer });
        }
        "net_pcap" => return legal(captures(given).map(Driver::Capture), text, entries, report),
        "net_udp" => {
            let address = given.and_then(|given| given.parse().ok());
            return legal(address.map(Driver::Udp), text, entries, report);
        }
        _ => {
            report.add(unknown(name, text, entries));
            return None;
        }
    };
    if let Some(options) = given.filter(|options| !options.is_empty()) {
        let message = format!("{name} takes no options: `{options}` does nothing");
        report.add(Diagnostic::warning(text.span, message).with_key(entries.key("pmd")));
    }
    Some(plain)
}

/// `rx_pcap=FILE,tx_pcap=FILE`, each of them once and at least one.
fn captures(given: Option<&str>) -> Option<Captures> {
    let mut captures = Captures::default();
    for option in given?.split(',') {
        let (name, file) = option
            .split_once('=')
            .filter(|(_, file)| !file.is_empty())?;
        let place = match name.trim() {
            "rx_pcap" => &mut captures.replayed,
            "tx_pcap" => &mut captures.written,
            _ => return None,
        };
        if place.replace(PathBuf::from(file)).is_some() {
            return None;
        }
    }
    Some(captures)
}

fn legal(
    driver: Option<Driver>,
    text: Located<&str>,
    entries: &Entries<'_>,
    report: &mut Report<'_>,
) -> Option<Driver> {
    if driver.is_none() {
        let message = format!("`{}` cannot be \"{}\"", entries.key("pmd"), text.value);
        let form = if text.value.starts_with("net_udp") {
            "legal: net_udp:ADDRESS:PORT, as net_udp:0.0.0.0:7 or net_udp:[::]:7"
        } else {
            "legal: net_pcap:rx_pcap=FILE,tx_pcap=FILE, or one of both"
        };
        let finding = Diagnostic::error(text.span, message).with_key(entries.key("pmd"));
        report.add(finding.with_label(form));
    }
    driver
}

fn unknown(name: &str, text: Located<&str>, entries: &Entries<'_>) -> Diagnostic {
    let key = entries.key("pmd");
    let finding = Diagnostic::error(text.span, format!("there is no driver `{name}`"))
        .with_key(&key)
        .with_label(format!("legal: {}", words::list(DRIVERS)));
    if name == "net_memif_socket" {
        return finding.with_help(
            "shared memory with other programs (memif) is not supported: `net_ring` joins lports of this \
             program, `net_af_packet` and `net_tap` reach others",
        );
    }
    match words::nearest(name, DRIVERS) {
        Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
        None => finding,
    }
}
