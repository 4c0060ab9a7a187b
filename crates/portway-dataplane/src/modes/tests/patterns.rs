use std::sync::Arc;

use super::*;
use crate::modes::{PatternAction, PatternClassifier, PatternRule, Patterns};

fn classifier(rules: &[&str]) -> PatternClassifier {
    let rules: Vec<PatternRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    PatternClassifier::new(Arc::new(Patterns::new(&rules).unwrap()))
}

fn packet(payload: &[u8]) -> Vec<u8> {
    udp("10.0.0.1:1", "10.0.0.2:2", payload)
}

#[test]
fn a_pattern_decides_the_port_and_what_has_none_is_discarded() {
    let mut mode = classifier(&[
        "0x10000:/^GET /i",
        "131072:/\\xff\\x00+z/",
        "0x80000000:/evil/",
    ]);
    let packets = [
        packet(b"get /index"),
        packet(b"..\xFF\x00\x00z.."),
        packet(b"so evil"),
        packet(b"POST /"),
    ];
    let done = run(&mut mode, &packets);
    assert_eq!(
        done.sent,
        [vec![], vec![packets[0].clone()], vec![packets[1].clone()]]
    );
    let expected = [
        (DiscardReason::NoPattern, 1),
        (DiscardReason::PatternDrops, 1),
    ];
    assert_eq!(done.discards, expected);
}

#[test]
fn the_headers_are_not_searched() {
    run(&mut classifier(&["0:/E/"]), &[packet(b"none")]).refused(DiscardReason::NoPattern);
}

#[test]
fn flags_mean_what_they_mean_for_cndp() {
    let matches = |rule: &str, payload: &[u8]| {
        let done = run(&mut classifier(&[rule]), &[packet(payload)]);
        !done.sent[0].is_empty()
    };
    assert!(!matches("0:/a.b/", b"a\nb") && matches("0:/a.b/s", b"a\nb"));
    assert!(!matches("0:/^b/", b"a\nb") && matches("0:/^b/mH", b"a\nb"));
    assert!(!matches("0:/a b/x", b"a b") && matches("0:/a b/x", b"ab"));
    assert!(matches("0:/./", b"\xFF") && !matches("0:/./8", b"\xFF"));
    assert!(matches("0:/a/b/", b"a/b"), "a slash needs no escape");
}

#[test]
fn a_wrong_rule_is_refused_with_its_reason() {
    for (text, reason) in [
        ("/a/", "no number"),
        ("x:/a/", "none of 32 bits"),
        ("1:a/", "does not begin"),
        ("1:/a", "does not end"),
        ("1:/a/q", "a flag other than"),
        ("1:/(/", "unclosed group"),
        ("1:/(a{1000}){1000}{1000}/", "more than"),
    ] {
        let error = text.parse::<PatternRule>().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let rule: PatternRule = "16711680:/a/".parse().unwrap();
    assert_eq!(rule.action, PatternAction::Send(255));
}
