//! Tells watchers what changes. Nobody waits for them: a slow one is told how much it missed.

use portway_control::v1::{
    ChangesLost, PeerChange, SessionChange, WatchRequest, WatchStarted, WatchedChange, peer_change,
    session_change, watched_change::Change,
};
use portway_rpc::{Sending, Status};

use super::{failure, messages, service::LiveGateway};
use crate::{GatewayEvent, GatewayEventKind, Heard, PeerEvent, PeerNewsKind};

/// Sends changes until the watcher has enough.
pub(super) async fn tell(
    gateway: &LiveGateway,
    request: WatchRequest,
    mut responses: Sending<WatchedChange>,
) -> Result<(), Status> {
    let everything = !request.peers && !request.sessions;
    let id = gateway.id.as_str();
    let mut events = gateway.peers.events().subscribe();
    let started = WatchStarted {
        gateway: id.to_owned(),
    };
    send(&mut responses, Change::Started(started)).await?;
    while let Some(heard) = events.next().await {
        let change = match heard {
            Heard::Missed(count) => Change::Lost(ChangesLost { count }),
            Heard::Event(event) => event.to_change(id),
        };
        let wanted = match change {
            Change::Peer(_) => everything || request.peers,
            Change::Session(_) => everything || request.sessions,
            Change::Started(_) | Change::Lost(_) => true,
        };
        if wanted {
            send(&mut responses, change).await?;
        }
    }
    Err(failure::ending())
}

async fn send(responses: &mut Sending<WatchedChange>, change: Change) -> Result<(), Status> {
    let change = Some(change);
    responses.send(WatchedChange { change }).await
}

impl GatewayEvent {
    /// The event as watchers of the control API are told it; `gateway` is the id of the gateway.
    #[must_use]
    pub fn to_change(&self, gateway: &str) -> Change {
        let (at, sequence) = (Some(self.at.into()), self.sequence);
        match &self.kind {
            GatewayEventKind::Peer(news) => Change::Peer(PeerChange {
                kind: peer_kind(news.kind).into(),
                peer: Some(messages::peer(&news.record, None, self.at)),
                at,
                sequence,
            }),
            GatewayEventKind::Session { event, name } => {
                let name = name.clone().unwrap_or_default();
                let session = messages::session_of_event(event, gateway, name);
                Change::Session(SessionChange {
                    kind: session_kind(event).into(),
                    session: Some(session),
                    at,
                    sequence,
                })
            }
        }
    }
}

const fn peer_kind(kind: PeerNewsKind) -> peer_change::Kind {
    match kind {
        PeerNewsKind::Added => peer_change::Kind::Added,
        PeerNewsKind::Changed => peer_change::Kind::Changed,
        PeerNewsKind::Removed => peer_change::Kind::Removed,
        PeerNewsKind::Expired => peer_change::Kind::Expired,
    }
}

const fn session_kind(event: &PeerEvent) -> session_change::Kind {
    match event {
        PeerEvent::Handshake { .. } => session_change::Kind::Handshake,
        PeerEvent::Roamed { .. } => session_change::Kind::Roamed,
    }
}
