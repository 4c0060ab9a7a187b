//! `portway peer list` and `portway peer show`.

use std::time::SystemTime;

use indicatif::HumanBytes;
use portway_control::v1::{
    GetPeerRequest, ListPeersRequest, Peer, RefusedRow, Session, listed_peer::Entry,
};
use portway_gateway::fleet::ForeignText;

use super::{
    ListArguments, PeerSelector,
    json::{ListJson, PeerJson, RefusedJson, moment, source, state, text_of},
    place::{self, Control, explain},
};
use crate::{
    commands::moment::ago,
    output::{self, columns, remark},
};

/// The columns of the list.
const COLUMNS: usize = 7;
const HEADINGS: [&str; COLUMNS] = [
    "NAME",
    "STATE",
    "SOURCE",
    "HANDSHAKE",
    "RECEIVED",
    "SENT",
    "PREFIXES",
];

/// Lists all peers.
pub(super) async fn run(arguments: &ListArguments) -> anyhow::Result<()> {
    let control = place::open(&arguments.common).await?;
    let (peers, refused) = read(&control).await?;
    if arguments.common.json {
        let peers = peers.iter().map(PeerJson::new).collect();
        let refused = refused.iter().map(RefusedJson::new).collect();
        return output::print_json(&ListJson { peers, refused });
    }
    warn_of_refused(&refused);
    let now = SystemTime::now();
    let rows = peers.iter().map(|peer| row(peer, now));
    output::print(columns(HEADINGS, rows).as_bytes())
}

async fn read(control: &Control) -> anyhow::Result<(Vec<Peer>, Vec<RefusedRow>)> {
    let explain = || explain("cannot read the peers");
    let listed = control.list_peers(ListPeersRequest {}).await;
    let mut listed = listed.map_err(explain())?;
    let (mut peers, mut refused) = (Vec::new(), Vec::new());
    while let Some(next) = listed.receive().await.map_err(explain())? {
        match next.entry {
            Some(Entry::Peer(peer)) => peers.push(peer),
            Some(Entry::Refused(row)) => refused.push(row),
            // A kind that a newer gateway knows.
            None => {}
        }
    }
    Ok((peers, refused))
}

/// Shows one peer.
pub(super) async fn show(selector: &PeerSelector) -> anyhow::Result<()> {
    let control = place::open(&selector.common).await?;
    let request = GetPeerRequest {
        peer: selector.peer.clone(),
    };
    let what = format!("cannot show the peer {}", selector.peer);
    let peer = control.get_peer(request).await.map_err(explain(what))?;
    if selector.common.json {
        return output::print_json(&PeerJson::new(&peer));
    }
    output::print(card(&peer, SystemTime::now()).as_bytes())
}

fn warn_of_refused(refused: &[RefusedRow]) {
    for row in refused {
        remark(&format!(
            "warning: the row {} is not believed: {}",
            ForeignText(&row.key),
            row.explanation
        ));
    }
}

fn row(peer: &Peer, now: SystemTime) -> [String; COLUMNS] {
    let session = peer.session.as_ref();
    let bytes = |count: fn(&Session) -> u64| {
        session.map_or_else(
            || "-".to_owned(),
            |session| HumanBytes(count(session)).to_string(),
        )
    };
    // A peer that `wg` gave to the interface has no name.
    let name = if peer.name.is_empty() {
        &peer.public_key
    } else {
        &peer.name
    };
    [
        name.clone(),
        state(peer).to_owned(),
        source(peer).to_owned(),
        last_handshake(session, now),
        bytes(|session| session.received_bytes),
        bytes(|session| session.sent_bytes),
        peer.prefixes.join(", "),
    ]
}

fn last_handshake(session: Option<&Session>, now: SystemTime) -> String {
    let handshake = session.and_then(|session| moment(session.last_handshake.as_ref()));
    handshake.map_or_else(
        || "never".to_owned(),
        |handshake| ago(now.duration_since(handshake).unwrap_or_default()),
    )
}

fn card(peer: &Peer, now: SystemTime) -> String {
    let yes_or_no = if peer.has_preshared_key { "yes" } else { "no" };
    let mut lines = vec![
        ("name", peer.name.clone()),
        ("public key", peer.public_key.clone()),
        ("preshared key", yes_or_no.to_owned()),
        ("state", state(peer).to_owned()),
        ("source", source(peer).to_owned()),
        ("prefixes", peer.prefixes.join(", ")),
        ("keepalive", format!("{} s", peer.keepalive_seconds)),
    ];
    if let Some(expires) = text_of(peer.expires.as_ref()) {
        lines.push(("expires", expires));
    }
    let session = peer.session.as_ref();
    lines.push(("handshake", last_handshake(session, now)));
    if let Some(session) = session {
        let endpoint = match session.endpoint.as_str() {
            "" => "-",
            endpoint => endpoint,
        };
        lines.push(("endpoint", endpoint.to_owned()));
        lines.push(("received", HumanBytes(session.received_bytes).to_string()));
        lines.push(("sent", HumanBytes(session.sent_bytes).to_string()));
        lines.push(("gateway", ForeignText(&session.gateway).to_string()));
    }
    lines
        .iter()
        .map(|(name, value)| format!("{name:14} {value}\n"))
        .collect()
}
