//! `portway peer remove|enable|disable`.

use portway_control::v1::{ChangePeerRequest, Peer, RemovePeerRequest};

use super::{
    PeerSelector,
    json::PeerJson,
    place::{self, explain},
};
use crate::output::{self, remark};

/// Whether a peer is let in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Service {
    Enable,
    Disable,
}

/// Removes a peer and gives its addresses back.
pub(super) async fn remove(selector: &PeerSelector) -> anyhow::Result<()> {
    let control = place::open(&selector.common).await?;
    let request = RemovePeerRequest {
        peer: selector.peer.clone(),
    };
    let what = format!("cannot remove the peer {}", selector.peer);
    let removed = control.remove_peer(request).await.map_err(explain(what))?;
    match removed.peer {
        Some(peer) => tell(selector, &peer, "is removed"),
        None => {
            remark(&format!(
                "The row {} is removed; no gateway believed it.",
                selector.peer
            ));
            Ok(())
        }
    }
}

/// Enables or disables a peer.
pub(super) async fn set_service(selector: &PeerSelector, service: Service) -> anyhow::Result<()> {
    let (verb, outcome, enabled) = match service {
        Service::Enable => ("enable", "is enabled", true),
        Service::Disable => ("disable", "is disabled", false),
    };
    let control = place::open(&selector.common).await?;
    let request = ChangePeerRequest {
        peer: selector.peer.clone(),
        enabled: Some(enabled),
        ..ChangePeerRequest::default()
    };
    let what = format!("cannot {verb} the peer {}", selector.peer);
    let peer = control.change_peer(request).await.map_err(explain(what))?;
    tell(selector, &peer, outcome)
}

fn tell(selector: &PeerSelector, peer: &Peer, outcome: &str) -> anyhow::Result<()> {
    if selector.common.json {
        return output::print_json(&PeerJson::new(peer));
    }
    remark(&format!("The peer {} {outcome}.", peer.name));
    Ok(())
}
