//! `portway peer list` and `portway peer show`.

use std::{collections::HashMap, time::SystemTime};

use indicatif::HumanBytes;
use portway_gateway::{
    PublicKey,
    fleet::{ForeignText, PeerRecord, PeerSession, Roster},
};

use super::{
    ListArguments, PeerSelector,
    json::{ListJson, PeerJson, RefusedJson, State},
};
use crate::{
    commands::{
        fleet_access::{self, explain},
        moment::{ago, utc},
    },
    output::{self, columns, remark},
};

const HEADINGS: [&str; 6] = ["NAME", "STATE", "HANDSHAKE", "RECEIVED", "SENT", "PREFIXES"];

/// Lists all peers.
pub(super) async fn run(arguments: &ListArguments) -> anyhow::Result<()> {
    let fleet = fleet_access::open(&arguments.common.data, &arguments.common.grid).await?;
    let roster = fleet
        .roster()
        .await
        .map_err(explain("cannot read the peers"))?;
    let sessions = fleet
        .sessions()
        .await
        .map_err(explain("cannot read the sessions"))?;
    let sessions: HashMap<PublicKey, PeerSession> = sessions.into_iter().collect();
    let now = SystemTime::now();
    let mut peers: Vec<_> = roster.peers().collect();
    peers.sort_by(|one, other| one.name.cmp(&other.name));
    if arguments.common.json {
        let json = peers.iter().map(|peer| {
            let session = sessions.get(&peer.public_key);
            PeerJson::new(peer, session, now)
        });
        let peers = json.collect();
        let refused = roster.refused().iter().map(RefusedJson::new).collect();
        return output::print_json(&ListJson { peers, refused });
    }
    warn_of_refused(&roster);
    let rows = peers
        .iter()
        .map(|peer| row(peer, sessions.get(&peer.public_key), now));
    output::print(columns(HEADINGS, rows).as_bytes())
}

/// Shows one peer.
pub(super) async fn show(selector: &PeerSelector) -> anyhow::Result<()> {
    let fleet = fleet_access::open(&selector.common.data, &selector.common.grid).await?;
    let roster = fleet
        .roster()
        .await
        .map_err(explain("cannot read the peers"))?;
    let what = format!("cannot show the peer {}", selector.peer);
    let record = roster.find(&selector.peer).map_err(explain(what))?;
    let session = fleet.session(&record.public_key).await;
    let session = session.map_err(explain("cannot read the session"))?;
    let now = SystemTime::now();
    if selector.common.json {
        return output::print_json(&PeerJson::new(record, session.as_ref(), now));
    }
    output::print(card(record, session.as_ref(), now).as_bytes())
}

fn warn_of_refused(roster: &Roster) {
    for row in roster.refused() {
        remark(&format!(
            "warning: the row {} is not believed: {}",
            ForeignText(&row.key),
            row.reason
        ));
    }
}

fn row(record: &PeerRecord, session: Option<&PeerSession>, now: SystemTime) -> [String; 6] {
    let bytes = |count: fn(&PeerSession) -> u64| {
        session.map_or_else(
            || "-".to_owned(),
            |session| HumanBytes(count(session)).to_string(),
        )
    };
    [
        record.name.to_string(),
        State::of(record, now).name().to_owned(),
        last_handshake(session, now),
        bytes(|session| session.received_bytes),
        bytes(|session| session.sent_bytes),
        record.prefixes.to_string(),
    ]
}

fn last_handshake(session: Option<&PeerSession>, now: SystemTime) -> String {
    let handshake = session.and_then(|session| session.last_handshake);
    handshake.map_or_else(
        || "never".to_owned(),
        |handshake| ago(now.duration_since(handshake).unwrap_or_default()),
    )
}

fn card(record: &PeerRecord, session: Option<&PeerSession>, now: SystemTime) -> String {
    let mut lines = vec![
        ("name", record.name.to_string()),
        ("public key", record.public_key.to_string()),
        (
            "preshared key",
            if record.preshared_key.is_some() {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
        ),
        ("state", State::of(record, now).name().to_owned()),
        ("prefixes", record.prefixes.to_string()),
        ("keepalive", format!("{} s", record.keepalive)),
    ];
    if let Some(expires) = record.expires {
        lines.push(("expires", utc(expires.to_system_time())));
    }
    lines.push(("handshake", last_handshake(session, now)));
    if let Some(session) = session {
        let endpoint = session
            .endpoint
            .map_or_else(|| "-".into(), |endpoint| endpoint.to_string());
        lines.push(("endpoint", endpoint));
        lines.push(("received", HumanBytes(session.received_bytes).to_string()));
        lines.push(("sent", HumanBytes(session.sent_bytes).to_string()));
        lines.push(("gateway", ForeignText(&session.gateway).to_string()));
    }
    lines
        .iter()
        .map(|(name, value)| format!("{name:14} {value}\n"))
        .collect()
}
