//! What a gateway has done, at once and again and again.

use std::time::{Duration, SystemTime};

use portway_control::v1::Statistics;
use portway_rpc::{Sending, Status};
use tokio::time::MissedTickBehavior;

use super::service::LiveGateway;
use crate::{DropReason, fleet::FollowerStatus};

/// Between two answers, unless the caller says otherwise.
const USUAL_INTERVAL: Duration = Duration::from_secs(1);
/// More often it would cost more than it tells.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Reads the counters.
pub(super) fn read(gateway: &LiveGateway, now: SystemTime) -> Statistics {
    let counters = gateway.path.counters();
    let drops = DropReason::ALL
        .iter()
        .map(|reason| (reason.label().to_owned(), counters.drops(*reason)))
        .filter(|(_, count)| *count > 0);
    let away = match gateway.peers.status() {
        FollowerStatus::Away { since, .. } => now.checked_sub(since.elapsed()),
        FollowerStatus::Following => None,
    };
    Statistics {
        gateway: gateway.id.to_string(),
        at: Some(now.into()),
        peers: gateway.peers.peers() as u64,
        received_datagrams: counters.received_datagrams(),
        received_bytes: counters.received_bytes(),
        sent_datagrams: counters.sent_datagrams(),
        sent_bytes: counters.sent_bytes(),
        handshakes: counters.handshakes(),
        roamed: counters.roamed(),
        drops: drops.collect(),
        grid_away_since: away.map(Into::into),
    }
}

/// Sends them until the caller has enough. What a slow caller does not take in time is left out: the next answer has
/// the sums.
pub(super) async fn tell(
    gateway: &LiveGateway,
    interval: Duration,
    mut responses: Sending<Statistics>,
) -> Result<(), Status> {
    let interval = match interval {
        Duration::ZERO => USUAL_INTERVAL,
        interval => interval.max(SHORTEST_INTERVAL),
    };
    let mut clock = tokio::time::interval(interval);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        responses.send(read(gateway, SystemTime::now())).await?;
    }
}
