//! The key `match`: which frames an AF_XDP lport takes off its interface.

use std::ops::RangeInclusive;

use portway_xdp::program::{CONDITION_LIMIT, Match};

use super::{entries::Entries, report::Report};
use crate::config::Diagnostic;

/// The forms of a condition, for messages.
const FORMS: &str = "`udp:PORT`, `tcp:PORT` (or `PORT-PORT`), `to:CIDR`, `from:CIDR`, `protocol:NUMBER`, \
                     `ethertype:0xHEX` or `vlan:NUMBER`";

/// The frames for which one of the conditions holds; none, where the key is missing and all frames are meant.
pub(super) fn read(entries: &Entries<'_>, report: &mut Report<'_>) -> Option<Match> {
    let mut conditions = Vec::new();
    for text in entries.texts("match") {
        match condition(text.value) {
            Some(condition) => conditions.push(condition),
            None => {
                let key = entries.key("match");
                let message = format!("`{key}` cannot be \"{}\"", text.value);
                let finding = Diagnostic::error(text.span, message).with_key(key);
                report.add(finding.with_label(format!("legal: {FORMS}")));
            }
        }
    }
    if conditions.len() > CONDITION_LIMIT {
        let key = entries.key("match");
        let message = format!("`{key}` has {} conditions", conditions.len());
        let finding = Diagnostic::error(entries.place("match"), message).with_key(key);
        report.add(finding.with_label(format!("legal: up to {CONDITION_LIMIT}")));
    }
    (!conditions.is_empty()).then(|| Match::any(conditions))
}

fn condition(text: &str) -> Option<Match> {
    let (kind, value) = text.split_once(':')?;
    Some(match kind {
        "udp" => Match::udp_ports(ports(value)?),
        "tcp" => Match::tcp_ports(ports(value)?),
        "to" => Match::destination(value.parse().ok()?),
        "from" => Match::source(value.parse().ok()?),
        "protocol" => Match::protocol(value.parse().ok()?),
        "ethertype" => Match::ether_type(u16::from_str_radix(value.strip_prefix("0x")?, 16).ok()?),
        "vlan" => Match::vlan(value.parse().ok().filter(|id| *id < 4095)?),
        _ => return None,
    })
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_a_condition() {
        let prefix = || "192.0.2.0/24".parse().unwrap();
        for (text, expected) in [
            ("udp:7", Match::udp_port(7)),
            ("udp:7-9", Match::udp_ports(7..=9)),
            ("tcp:80", Match::tcp_port(80)),
            ("to:192.0.2.0/24", Match::destination(prefix())),
            ("from:192.0.2.0/24", Match::source(prefix())),
            ("protocol:89", Match::protocol(89)),
            ("ethertype:0x88b5", Match::ether_type(0x88B5)),
            ("vlan:5", Match::vlan(5)),
        ] {
            assert_eq!(condition(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_none_of_the_forms_is_refused() {
        for text in [
            "",
            "udp",
            "udp:",
            "udp:9-7",
            "udp:65536",
            "to:192.0.2.1",
            "ethertype:7",
            "vlan:4095",
            "ip:4",
        ] {
            assert_eq!(condition(text), None, "{text}");
        }
    }
}
