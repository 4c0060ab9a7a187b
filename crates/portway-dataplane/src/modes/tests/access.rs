use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;
use crate::modes::{AccessAction, AccessFilter, AccessPolicy, AccessRule, AccessRules};

fn filter(policy: AccessPolicy, rules: &[&str]) -> AccessFilter {
    let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    AccessFilter::new(policy, Arc::new(AccessRules::new(rules)))
}

fn packets() -> [Vec<u8>; 3] {
    [
        ping("10.1.0.1", "20.0.0.1"),
        ping("10.2.0.1", "20.0.0.1"),
        ping("fd00::1", "fd00::2"),
    ]
}

#[test]
fn strict_discards_what_no_rule_allows_and_permissive_what_one_denies() {
    let rules = ["10.2.0.0/16:0.0.0.0/0:deny", "10.0.0.0/8:20.0.0.0/24:allow"];
    let done = run(&mut filter(AccessPolicy::Strict, &rules), &packets());
    let expected = [(DiscardReason::Denied, 1), (DiscardReason::NotAllowed, 1)];
    assert_eq!(done.discards, expected);
    assert_eq!(
        done.sent[1].len(),
        1,
        "by the last byte of the hardware address"
    );
    let done = run(&mut filter(AccessPolicy::Permissive, &rules), &packets());
    assert_eq!(done.discards, [(DiscardReason::Denied, 1)]);
}

#[test]
fn what_is_not_ip_passes_the_permissive_policy_alone() {
    let arp = ethernet(0x0806, &[0; 46]);
    let done = run(
        &mut filter(AccessPolicy::Permissive, &[]),
        std::slice::from_ref(&arp),
    );
    assert_eq!(done.sent[1].len(), 1);
    run(&mut filter(AccessPolicy::Strict, &[]), &[arp]).refused(DiscardReason::Unsupported);
}

#[test]
fn without_rules_strict_lets_nothing_through_until_it_gets_some() {
    let mut mode = filter(AccessPolicy::Strict, &[]);
    run(&mut mode, &packets()[..1]).refused(DiscardReason::NotAllowed);
    let rules = AccessRules::new(vec!["0.0.0.0/0:0.0.0.0/0:allow".parse().unwrap()]);
    mode.replace_rules(&Arc::new(rules));
    assert_eq!(run(&mut mode, &packets()[..1]).discards, []);
}

#[test]
fn the_demonstration_is_that_of_cndp() {
    let rules = AccessRules::demonstration();
    let decide = |source: &str, destination: &str| {
        rules.decide(source.parse().unwrap(), destination.parse().unwrap())
    };
    assert_eq!(decide("1.1.1.1", "100.99.0.1"), Some(AccessAction::Deny));
    assert_eq!(decide("1.1.1.1", "100.99.1.1"), None);
    assert_eq!(decide("24.1.1.1", "1.1.1.1"), Some(AccessAction::Deny));
    assert_eq!(decide("101.0.15.1", "1.1.1.1"), None);
    assert_eq!(decide("210.0.3.4", "110.0.5.6"), Some(AccessAction::Allow));
}

#[test]
fn wrong_rules_are_refused_with_their_reason() {
    for (text, reason) in [
        ("10.0.0.0/8", "no action"),
        ("10.0.0.0/8:0.0.0.0/0:permit", "neither `allow` nor `deny`"),
        ("10.0.0.0/8:allow", "two prefixes"),
        ("10.0.0.0/33:0.0.0.0/0:allow", "source is no prefix"),
        ("10.0.0.0/8:0.0.0.0:allow", "destination is no prefix"),
        ("10.0.0.0/8:::/0:allow", "different IP versions"),
    ] {
        let error = text.parse::<AccessRule>().unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

/// Addresses and prefixes of a small world, so that prefixes nest and packets hit them.
fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4((bits & 0xC000_00C3).into())),
        any::<u128>().prop_map(|bits| IpAddr::V6((bits & (0xC1 << 120 | 0x83)).into())),
    ]
}

fn rule() -> impl Strategy<Value = AccessRule> {
    let lengths = (any::<u8>(), any::<u8>(), any::<bool>());
    (address(), address(), lengths).prop_map(|(source, destination, (one, other, allows))| {
        let destination = if destination.is_ipv4() == source.is_ipv4() {
            destination
        } else {
            source
        };
        let prefix = |address: IpAddr, length: u8| {
            let longest = if address.is_ipv4() { 33 } else { 129_u32 };
            IpNet::new(address, (u32::from(length) % longest) as u8)
                .unwrap()
                .trunc()
        };
        AccessRule {
            source: prefix(source, one),
            destination: prefix(destination, other),
            action: if allows {
                AccessAction::Allow
            } else {
                AccessAction::Deny
            },
        }
    })
}

proptest! {
    /// The naive model: the first rule that contains both addresses.
    #[test]
    fn the_first_rule_that_matches_decides(
        rules in proptest::collection::vec(rule(), 0..60),
        pairs in proptest::collection::vec((address(), address()), 1..60),
    ) {
        let compiled = AccessRules::new(rules.clone());
        for (source, destination) in pairs {
            let matches = |rule: &&AccessRule| {
                rule.source.contains(&source) && rule.destination.contains(&destination)
            };
            let expected = rules.iter().find(matches).map(|rule| rule.action);
            prop_assert_eq!(compiled.decide(source, destination), expected);
        }
    }

    #[test]
    fn a_rule_reads_what_it_writes(rule in rule()) {
        prop_assert_eq!(rule.to_string().parse::<AccessRule>().unwrap(), rule);
    }
}
