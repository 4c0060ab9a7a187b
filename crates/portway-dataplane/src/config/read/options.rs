//! The section `options`.

use std::{fmt::Display, net::IpAddr, path::PathBuf, str::FromStr};

use super::{
    entries::Entries,
    keys::{Expected, Key, key},
    report::Report,
    words,
};
use crate::{
    MAXIMUM_BURST,
    config::{Diagnostic, Located, Mode, Options},
};

/// Every word for a mode.
pub(super) const MODE_WORDS: [&str; Mode::WORDS.len()] = {
    let mut words = [""; Mode::WORDS.len()];
    let mut index = 0;
    while index < words.len() {
        words[index] = Mode::WORDS[index].0;
        index += 1;
    }
    words
};

pub(super) const OPTIONS: &[Key] = &[
    key(
        "mode",
        Expected::Abbreviable(&MODE_WORDS),
        "What threads do with packets. The beginning of a word will do.",
    ),
    key(
        "burst-size",
        Expected::Number {
            range: 1..=MAXIMUM_BURST as u64,
            unit: "frames",
        },
        "Frames that are taken from an lport at once; 256 if missing.",
    ),
    key(
        "uds_path",
        Expected::Text,
        "The socket of the AF_XDP device plugin for every lport that names none of its own.",
    ),
    key(
        "l3fwd-fib-rules",
        Expected::Texts,
        "Routes of mode l3fwd: CIDR,MAC of the next hop,index of the lport.",
    ),
    key(
        "hs-patterns",
        Expected::Texts,
        "Patterns of mode hyperscan: ID:/EXPRESSION/FLAGS. Bits 16 to 23 of ID are the lport, bit 31 drops.",
    ),
    key(
        "acl-rules",
        Expected::Texts,
        "Rules of the acl modes: SOURCE:DESTINATION:allow or deny, both CIDR. Not a key of CNDP.",
    ),
    key(
        "acl-demo-rules",
        Expected::Flag,
        "Whether the acl modes begin with CNDP's demonstration rules. Not a key of CNDP.",
    ),
    key(
        "echo-addresses",
        Expected::Texts,
        "IP addresses that modes echo and l3fwd answer for, beside the interface's own. Not a key of CNDP.",
    ),
    key(
        "capture-file",
        Expected::Text,
        "What mode capture writes. Not a key of CNDP.",
    ),
    key(
        "replay-file",
        Expected::Text,
        "What mode replay sends. Not a key of CNDP.",
    ),
    key(
        "no-metrics",
        Expected::Flag,
        "Whether no figures are published.",
    ),
    key(
        "pkt_api",
        Expected::Word(&["xskdev", "pktdev"]),
        "Which programming interface of CNDP is used. Here there is one; both words are fine.",
    ),
    key(
        "no-restapi",
        Expected::Flag,
        "Whether CNDP has no REST interface. There is none here.",
    ),
    key(
        "cli",
        Expected::Flag,
        "Whether CNDP reads commands. Here `portway net stats` asks.",
    ),
    key(
        "no-color",
        Expected::Flag,
        "Whether CNDP writes without colours. Here NO_COLOR says so.",
    ),
    key(
        "graph:*",
        Expected::Unused("it is for those programs of CNDP that forward by a graph of nodes"),
        "Does nothing: it is for CNDP's programs that forward by a graph of nodes.",
    ),
];

/// The options, and the device plugin's socket for all lports.
pub(super) fn read(entries: &Entries<'_>, report: &mut Report<'_>) -> (Options, Option<PathBuf>) {
    let path = |name| entries.filled(name).map(|text| PathBuf::from(text.value));
    let is_set = |name| entries.flag(name).unwrap_or(false);
    let burst = entries.number("burst-size");
    let options = Options {
        mode: mode(entries, report),
        burst: burst.map_or(MAXIMUM_BURST, |frames| frames as usize),
        metrics: !is_set("no-metrics"),
        routes: rules(entries, "l3fwd-fib-rules", report),
        acl_rules: rules(entries, "acl-rules", report),
        acl_demonstration: is_set("acl-demo-rules"),
        patterns: rules(entries, "hs-patterns", report),
        echo_addresses: addresses(entries, report),
        capture_file: path("capture-file"),
        replay_file: path("replay-file"),
    };
    (options, path("uds_path"))
}

/// What `mode` says. Reports a word that is none.
pub(super) fn mode(entries: &Entries<'_>, report: &mut Report<'_>) -> Option<Mode> {
    let word = entries.filled("mode")?;
    let mode = Mode::from_word(word.value);
    if mode.is_none() {
        let key = entries.key("mode");
        let finding = Diagnostic::error(word.span, format!("there is no mode `{}`", word.value))
            .with_key(key)
            .with_label(format!("legal: {}", words::list(MODE_WORDS)));
        report.add(match words::nearest(word.value, MODE_WORDS) {
            Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
            None => finding,
        });
    }
    mode
}

/// The rules of a list, each with its place.
fn rules<T>(entries: &Entries<'_>, name: &'static str, report: &mut Report<'_>) -> Vec<Located<T>>
where
    T: FromStr<Err: Display>,
{
    let mut rules = Vec::new();
    for text in entries.texts(name) {
        match text.value.parse::<T>() {
            Ok(value) => rules.push(Located {
                span: text.span,
                value,
            }),
            Err(error) => {
                let finding = Diagnostic::error(text.span, error.to_string());
                report.add(finding.with_key(entries.key(name)));
            }
        }
    }
    rules
}

fn addresses(entries: &Entries<'_>, report: &mut Report<'_>) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for text in entries.texts("echo-addresses") {
        match text.value.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => {
                let message = format!("`{}` is no IP address", text.value);
                let finding = Diagnostic::error(text.span, message);
                let finding = finding.with_key(entries.key("echo-addresses"));
                report.add(finding.with_label("legal: an IPv4 or IPv6 address"));
            }
        }
    }
    addresses
}
