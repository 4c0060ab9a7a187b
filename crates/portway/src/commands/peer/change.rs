//! `portway peer remove|enable|disable`.

use std::time::SystemTime;

use portway_gateway::fleet::{PeerRecord, Service};

use super::{PeerSelector, json::PeerJson};
use crate::{
    commands::fleet_access::{self, explain},
    output::{self, remark},
};

/// Removes a peer and gives its addresses back.
pub(super) async fn remove(selector: &PeerSelector) -> anyhow::Result<()> {
    let fleet = fleet_access::open(&selector.common.data, &selector.common.grid).await?;
    let what = format!("cannot remove the peer {}", selector.peer);
    match fleet.remove(&selector.peer).await.map_err(explain(what))? {
        Some(record) => tell(selector, &record, "is removed"),
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
    let (verb, outcome) = match service {
        Service::Enabled => ("enable", "is enabled"),
        Service::Disabled => ("disable", "is disabled"),
    };
    let fleet = fleet_access::open(&selector.common.data, &selector.common.grid).await?;
    let changed = fleet
        .set_service(&selector.peer, service, SystemTime::now())
        .await;
    let what = format!("cannot {verb} the peer {}", selector.peer);
    tell(selector, &changed.map_err(explain(what))?, outcome)
}

fn tell(selector: &PeerSelector, record: &PeerRecord, outcome: &str) -> anyhow::Result<()> {
    if selector.common.json {
        return output::print_json(&PeerJson::new(record, None, SystemTime::now()));
    }
    remark(&format!("The peer {} {outcome}.", record.name));
    Ok(())
}
