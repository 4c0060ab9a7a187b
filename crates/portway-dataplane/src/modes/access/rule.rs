//! One access rule as a configuration says it.

use std::{fmt, str::FromStr};

use ipnet::IpNet;

/// What a rule says about the packets that it matches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AccessAction {
    /// They go on.
    Allow,
    /// They are discarded.
    Deny,
}

/// An access rule: `SRC-CIDR:DST-CIDR:allow|deny`, for IPv4 and IPv6.
///
/// ```
/// use portway_dataplane::{AccessAction, AccessRule};
///
/// let rule: AccessRule = "10.0.0.0/8:192.0.2.0/24:deny".parse()?;
/// assert_eq!(rule.action, AccessAction::Deny);
/// let rule: AccessRule = "2001:db8::/32:::/0:allow".parse()?;
/// assert_eq!(rule.to_string(), "2001:db8::/32:::/0:allow");
/// # Ok::<(), portway_dataplane::AccessRuleError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AccessRule {
    /// Where a packet comes from.
    pub source: IpNet,
    /// Where it goes to; of the same IP version.
    pub destination: IpNet,
    /// What becomes of it.
    pub action: AccessAction,
}

/// Why a text is no access rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{text:?} is no access rule: {problem}; write `SRC-CIDR:DST-CIDR:allow|deny`, as `10.0.0.0/8:0.0.0.0/0:deny`"
)]
pub struct AccessRuleError {
    text: String,
    problem: &'static str,
}

impl FromStr for AccessRule {
    type Err = AccessRuleError;

    fn from_str(text: &str) -> Result<Self, AccessRuleError> {
        parse(text).map_err(|problem| AccessRuleError {
            text: text.to_owned(),
            problem,
        })
    }
}

impl fmt::Display for AccessRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.action {
            AccessAction::Allow => "allow",
            AccessAction::Deny => "deny",
        };
        write!(formatter, "{}:{}:{action}", self.source, self.destination)
    }
}

fn parse(text: &str) -> Result<AccessRule, &'static str> {
    let (prefixes, action) = text.rsplit_once(':').ok_or("it has no action")?;
    let action = match action.trim() {
        "allow" => AccessAction::Allow,
        "deny" => AccessAction::Deny,
        _ => return Err("its action is neither `allow` nor `deny`"),
    };
    let (source, destination) = split(prefixes).ok_or("it has not two prefixes with a length")?;
    let read = |prefix: &str| prefix.trim().parse::<IpNet>().map(|prefix| prefix.trunc());
    let source = read(source).map_err(|_| "its source is no prefix with a length")?;
    let destination =
        read(destination).map_err(|_| "its destination is no prefix with a length")?;
    if source.max_prefix_len() != destination.max_prefix_len() {
        return Err("its prefixes are of different IP versions");
    }
    Ok(AccessRule {
        source,
        destination,
        action,
    })
}

/// The colon that parts the prefixes is the first one behind a length: IPv6 addresses have colons too.
fn split(prefixes: &str) -> Option<(&str, &str)> {
    let slash = prefixes.find('/')?;
    let colon = slash + prefixes[slash..].find(':')?;
    Some((&prefixes[..colon], &prefixes[colon + 1..]))
}

/// The rules that CNDP's demonstration starts with: denied destinations 100.0-99.0.0/24, denied sources 10-24.0.0.0/8 and
/// 101.0.0-14.0/24, allowed 210.0.x.y to 110.0.x.y.
pub(super) fn demonstration() -> Vec<AccessRule> {
    let destinations = (0..100).map(|number| format!("0.0.0.0/0:100.{number}.0.0/24:deny"));
    let sources = (10..25).map(|number| format!("{number}.0.0.0/8:0.0.0.0/0:deny"));
    let more_sources = (0..15).map(|number| format!("101.0.{number}.0/24:0.0.0.0/0:deny"));
    let allowed = ["210.0.0.0/16:110.0.0.0/16:allow".to_owned()];
    let texts = destinations
        .chain(sources)
        .chain(more_sources)
        .chain(allowed);
    texts
        .map(|text| text.parse().expect("each is written as a rule"))
        .collect()
}
