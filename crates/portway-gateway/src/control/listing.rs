//! Peers and sessions: what the grid has, and what this gateway has beside it.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use portway_control::{
    Reason,
    v1::{ListedPeer, Peer, Session, listed_peer::Entry},
};
use portway_rpc::{Sending, Status};

use super::{
    failure::{self, of_data_path, of_fleet},
    messages,
    service::{LiveGateway, Shared},
};
use crate::{
    PeerSnapshot, PublicKey,
    fleet::{FleetError, Roster},
};

/// Sends all peers, by name, then the rows that are not believed.
pub(super) async fn peers(
    shared: &Shared,
    mut responses: Sending<ListedPeer>,
) -> Result<(), Status> {
    let roster = shared.fleet.roster().await.map_err(of_fleet)?;
    let sessions = shared.fleet.sessions().await.map_err(of_fleet)?;
    let sessions: HashMap<PublicKey, _> = sessions.into_iter().collect();
    let now = SystemTime::now();
    let mut records: Vec<_> = roster.peers().collect();
    records.sort_by(|one, other| one.name.cmp(&other.name));
    for record in records {
        let key = record.public_key;
        let session = sessions.get(&key);
        let session =
            session.map(|session| messages::told_session(&key, record.name.to_string(), session));
        send(
            &mut responses,
            Entry::Peer(messages::peer(record, session, now)),
        )
        .await?;
    }
    for peer in interface_peers(shared, &roster).await? {
        send(&mut responses, Entry::Peer(peer)).await?;
    }
    for row in roster.refused() {
        send(&mut responses, Entry::Refused(messages::refused(row))).await?;
    }
    Ok(())
}

async fn send(responses: &mut Sending<ListedPeer>, entry: Entry) -> Result<(), Status> {
    responses.send(ListedPeer { entry: Some(entry) }).await
}

/// Shows one peer.
pub(super) async fn peer(shared: &Shared, selector: &str) -> Result<Peer, Status> {
    let roster = shared.fleet.roster().await.map_err(of_fleet)?;
    let record = match roster.find(selector) {
        Ok(record) => record,
        Err(error) => {
            let of_interface = interface_peers(shared, &roster).await?;
            let found = of_interface
                .into_iter()
                .find(|peer| peer.public_key == selector);
            return found.ok_or_else(|| of_fleet(error));
        }
    };
    let session = shared.fleet.session(&record.public_key).await;
    let session = session.map_err(of_fleet)?.map(|session| {
        messages::told_session(&record.public_key, record.name.to_string(), &session)
    });
    Ok(messages::peer(record, session, SystemTime::now()))
}

/// The peers that `wg` gave to the interface of this gateway.
async fn interface_peers(shared: &Shared, roster: &Roster) -> Result<Vec<Peer>, Status> {
    let Some(gateway) = &shared.gateway else {
        return Ok(Vec::new());
    };
    let of_grid: HashSet<_> = roster.peers().map(|record| record.public_key).collect();
    let snapshots = snapshots(gateway).await?;
    let others = snapshots.iter().filter(|snapshot| {
        // What was removed from the grid a moment ago is no peer of the interface.
        !of_grid.contains(&snapshot.public_key)
            && gateway.peers.name(&snapshot.public_key).is_none()
    });
    let id = gateway.id.as_str();
    Ok(others
        .map(|snapshot| messages::interface_peer(snapshot, id))
        .collect())
}

/// Sends the sessions of this gateway as they are, and those of others as these last told.
pub(super) async fn sessions(
    shared: &Shared,
    mut responses: Sending<Session>,
) -> Result<(), Status> {
    let mut told: HashMap<PublicKey, _> = shared
        .fleet
        .sessions()
        .await
        .map_err(of_fleet)?
        .into_iter()
        .collect();
    let roster = shared.fleet.roster().await.map_err(of_fleet)?;
    let name = |key: &PublicKey| {
        let record = roster.record(key);
        record
            .map(|record| record.name.to_string())
            .unwrap_or_default()
    };
    if let Some(gateway) = &shared.gateway {
        for snapshot in snapshots(gateway).await? {
            let key = snapshot.public_key;
            let id = gateway.id.as_str();
            if let Some(session) = messages::live_session(&snapshot, id, name(&key)) {
                told.remove(&key);
                responses.send(session).await?;
            }
        }
    }
    for (key, session) in &told {
        let session = messages::told_session(key, name(key), session);
        responses.send(session).await?;
    }
    Ok(())
}

async fn snapshots(gateway: &LiveGateway) -> Result<Vec<PeerSnapshot>, Status> {
    let device = gateway.path.snapshot_async().await.map_err(of_data_path)?;
    Ok(device.peers)
}

/// Why a peer was not changed: one of the interface is changed by `wg`.
pub(super) async fn refused(shared: &Shared, error: FleetError) -> Status {
    let FleetError::UnknownPeer(selector) = &error else {
        return failure::of_fleet(error);
    };
    if let (Some(gateway), Ok(key)) = (&shared.gateway, selector.parse::<PublicKey>())
        && let Ok(snapshots) = snapshots(gateway).await
        && snapshots.iter().any(|snapshot| snapshot.public_key == key)
    {
        let text = format!("the peer {key} was given to the interface of this gateway by `wg`");
        return Reason::NotOfTheGrid.status(text);
    }
    failure::of_fleet(error)
}
