//! Gateways in the grid: each tells what clients must know of it, and is forgotten when it no
//! longer does.

use std::time::{Duration, SystemTime};

use portway_ignite::{ExpiryDuration, ExpiryPolicy};

use super::{
    Fleet, FleetError, ForeignText, GatewayId, GatewayRecord, Refusal, TunnelNetworks, Version,
    directory::fresh_nonce, tables,
};
use crate::{HostPort, PublicKey};

/// In milliseconds; three refreshes may be lost before a gateway is forgotten.
const TERM: u64 = 30_000;
/// How often a gateway tells that it is there.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);
/// How soon it tries again when the grid was away.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// The share of the load that a gateway takes unless told otherwise.
const DEFAULT_WEIGHT: u16 = 100;

/// What a gateway tells of itself.
#[derive(Clone, Debug)]
pub struct GatewayIdentity {
    /// Which gateway.
    pub id: GatewayId,
    /// What clients dial.
    pub endpoint: HostPort,
    /// The identity that clients see.
    pub public_key: PublicKey,
    /// Where peers get their addresses from.
    pub networks: TunnelNetworks,
}

/// A gateway that is known to the grid.
#[derive(Debug)]
pub struct Registration {
    fleet: Fleet,
    record: GatewayRecord,
}

impl Fleet {
    /// Tells the grid that a gateway is there.
    ///
    /// # Errors
    ///
    /// [`FleetError::OtherFleet`] where the running gateways have another key; fails also when
    /// the grid is away or refuses.
    pub async fn register(
        &self,
        identity: GatewayIdentity,
        now: SystemTime,
    ) -> Result<Registration, FleetError> {
        let others = self.gateways().await?;
        let GatewayIdentity {
            id,
            endpoint,
            public_key,
            networks,
        } = identity;
        let is_free = |slot: &u16| {
            others
                .iter()
                .all(|other| other.id == id || other.slot != *slot)
        };
        let record = GatewayRecord {
            slot: (0..u16::MAX).find(is_free).unwrap_or(u16::MAX),
            weight: DEFAULT_WEIGHT,
            version: Version::after(None, now),
            id,
            endpoint,
            public_key,
            networks,
        };
        let registration = Registration {
            fleet: self.clone(),
            record,
        };
        registration.write().await?;
        Ok(registration)
    }

    /// Reads the gateways that are running.
    ///
    /// # Errors
    ///
    /// [`FleetError::OtherFleet`] where all gateways have another key; fails also when the grid
    /// is away or refuses.
    pub async fn gateways(&self) -> Result<Vec<GatewayRecord>, FleetError> {
        let rows = tables::read_all(&self.gateways).await?;
        let mut gateways = Vec::new();
        let mut is_other_fleet = false;
        for (id, row) in rows {
            match GatewayRecord::from_row(&id, &row, &self.seals.gateways) {
                Ok(record) => gateways.push(record),
                Err(Refusal::WrongKey) => is_other_fleet = true,
                Err(reason) => {
                    let id = ForeignText(&id);
                    tracing::warn!(%id, %reason, "a gateway's row is not believed");
                }
            }
        }
        if gateways.is_empty() && is_other_fleet {
            return Err(FleetError::OtherFleet);
        }
        Ok(gateways)
    }

    /// The gateway that clients are told of: the greatest weight, then the lowest slot.
    pub(super) async fn gateway_to_dial(&self) -> Result<GatewayRecord, FleetError> {
        let gateways = self.gateways().await?;
        let preferred = |gateway: &GatewayRecord| (gateway.weight, u16::MAX - gateway.slot);
        gateways
            .into_iter()
            .max_by_key(preferred)
            .ok_or(FleetError::NoGateway)
    }
}

impl Registration {
    /// Tells the grid again and again until `end`, then that the gateway is gone. Where the grid
    /// is away then, the row ends by itself.
    pub async fn keep_until(mut self, end: impl Future<Output = ()>) {
        tokio::select! {
            () = end => {}
            () = self.refresh_for_ever() => {}
        }
        if let Err(error) = self.fleet.gateways.remove(self.record.id.as_str()).await {
            tracing::debug!(%error, "the grid does not hear that this gateway ends");
        }
    }

    async fn refresh_for_ever(&mut self) {
        let mut pause = REFRESH_INTERVAL;
        loop {
            tokio::time::sleep(pause).await;
            self.record.version = Version::after(Some(self.record.version), SystemTime::now());
            pause = match self.write().await {
                Ok(()) => REFRESH_INTERVAL,
                Err(error) => {
                    tracing::debug!(%error, "the grid does not hear that this gateway is there");
                    RETRY_INTERVAL
                }
            };
        }
    }

    async fn write(&self) -> Result<(), FleetError> {
        let passing = self.fleet.gateways.with_expiry(ExpiryPolicy {
            create: ExpiryDuration::Milliseconds(TERM),
            update: ExpiryDuration::Milliseconds(TERM),
            access: ExpiryDuration::Unchanged,
        });
        let row = self
            .record
            .to_row(&self.fleet.seals.gateways, fresh_nonce()?);
        passing.put(self.record.id.as_str(), &row).await?;
        Ok(())
    }
}
