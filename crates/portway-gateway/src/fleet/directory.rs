//! The fleet as commands and gateways use it: its tables in one grid, opened with its key.

use std::{sync::Arc, time::SystemTime};

use ipnet::IpNet;
use portway_ignite::{Cache, Client};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{
    FleetError, FleetKey, FlowLog, GatewayRecord, OnConflict, PeerName, PeerRecord, PeerSession,
    Prefixes, Roster, UnixSeconds, Version,
    claims::{self, Claims},
    gateway, invitation, peer,
    row::{AddressRow, GatewayRow, InviteRow, PeerRow, SessionRow},
    seal::{SealKey, SealNonce},
    tables,
};
use crate::{PresharedKey, PublicKey};

/// How often a change is tried again when another command changed the same row meanwhile.
const MAX_ATTEMPTS: usize = 8;

/// The tables of a fleet. Cloning is cheap.
#[derive(Clone)]
pub struct Fleet {
    pub(super) peers: Cache<String, PeerRow>,
    pub(super) addresses: Cache<String, AddressRow>,
    pub(super) invitations: Cache<String, InviteRow>,
    pub(super) sessions: Cache<String, SessionRow>,
    pub(super) gateways: Cache<String, GatewayRow>,
    pub(super) seals: Arc<FleetSeals>,
    pub(super) client: Client,
}

/// The keys that commands and gateways seal and open rows with.
pub(super) struct FleetSeals {
    pub(super) peers: SealKey,
    pub(super) gateways: SealKey,
    pub(super) invitations: SealKey,
}

/// What a person wants of a new peer.
#[derive(Clone, Debug)]
pub struct NewPeer {
    /// The peer's public key.
    pub public_key: PublicKey,
    /// What to call it.
    pub name: PeerName,
    /// Prefixes behind it, beside the addresses that it is allotted.
    pub prefixes: Prefixes,
    /// What to do when another peer has one of them.
    pub on_conflict: OnConflict,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: u16,
    /// From when on it is no longer served.
    pub expires: Option<UnixSeconds>,
    /// The symmetric key.
    pub preshared_key: Option<PresharedKey>,
}

/// A new peer and what it must know of the gateway.
#[derive(Clone, Debug)]
pub struct AddedPeer {
    /// The peer as it was written.
    pub record: PeerRecord,
    /// The addresses that it was allotted, one of each family.
    pub addresses: Vec<IpNet>,
    /// The gateway that it dials.
    pub gateway: GatewayRecord,
}

impl Fleet {
    /// Opens the tables, making those that the grid does not have.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn open(client: &Client, key: &FleetKey) -> Result<Self, FleetError> {
        let seals = FleetSeals {
            peers: key.seal_key(peer::SEAL_KIND),
            gateways: key.seal_key(gateway::SEAL_KIND),
            invitations: key.seal_key(invitation::SEAL_KIND),
        };
        let fleet = Self {
            peers: client.cache(tables::PEER),
            addresses: client.cache(tables::ADDRESS),
            invitations: client.cache(tables::INVITE),
            sessions: client.cache(tables::SESSION),
            gateways: client.cache(tables::GATEWAY),
            client: client.clone(),
            seals: Arc::new(seals),
        };
        fleet.make_tables().await?;
        Ok(fleet)
    }

    /// Makes the tables that the grid does not have.
    pub(super) async fn make_tables(&self) -> Result<(), FleetError> {
        tables::make(&self.client).await
    }

    /// Adds a peer: claims an address of each family, then writes the row.
    ///
    /// # Errors
    ///
    /// Fails when no gateway runs, a name, key or prefix is taken, no address is left or the grid
    /// refuses. Nothing is left behind then but a claim that ends by itself.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, the peer is there or not; claims end by themselves.
    pub async fn add(&self, new: NewPeer, now: SystemTime) -> Result<AddedPeer, FleetError> {
        let gateway = self.gateway_to_dial().await?;
        let roster = self.roster().await?;
        roster.check_new(&new.name, &new.public_key)?;
        if new.public_key == gateway.public_key {
            return Err(FleetError::KeyTaken {
                key: new.public_key,
                name: None,
            });
        }
        let wanted = new.prefixes.as_slice();
        let holders = roster.holders(wanted, &gateway.networks, new.on_conflict)?;
        let taken = roster.addresses();
        let claims =
            Claims::make(&self.addresses, new.public_key, &gateway.networks, taken).await?;
        match self.write_new(&new, &claims, now).await {
            Ok(record) => {
                self.take_away(&holders, wanted, now).await;
                let addresses = claims.prefixes();
                Ok(AddedPeer {
                    record,
                    addresses,
                    gateway,
                })
            }
            Err(error) => {
                claims.release().await;
                Err(error)
            }
        }
    }

    /// Reads all peers.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn roster(&self) -> Result<Roster, FleetError> {
        let rows = tables::read_all(&self.peers).await?;
        let rows = rows.iter().map(|(key, row)| (key.as_str(), row));
        Ok(Roster::open(rows, &self.seals.peers))
    }

    /// Removes a peer, gives its addresses back, and tells what it was. A row that is not
    /// believed is removed by its key alone.
    ///
    /// # Errors
    ///
    /// Fails when there is no such peer, or the grid is away or refuses.
    pub async fn remove(&self, selector: &str) -> Result<Option<PeerRecord>, FleetError> {
        let roster = self.roster().await?;
        let record = match roster.find(selector) {
            Ok(record) => record,
            Err(FleetError::NotBelieved { key, .. }) => {
                self.peers.remove(&key).await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let key = record.public_key.to_base64();
        // The row goes last: until then nobody else gets its addresses, and where this is cut off
        // it can be done again.
        claims::release_all(
            &self.addresses,
            record.public_key,
            record.prefixes.as_slice(),
        )
        .await?;
        if !self.peers.remove(&key).await? {
            return Err(FleetError::UnknownPeer(selector.to_owned()));
        }
        self.sessions.remove(&key).await?;
        Ok(Some(record.clone()))
    }

    /// Reads what was last seen of one peer.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn session(&self, key: &PublicKey) -> Result<Option<PeerSession>, FleetError> {
        Ok(self
            .sessions
            .get(&key.to_base64())
            .await?
            .map(PeerSession::from))
    }

    /// Reads what was last seen of all peers.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn sessions(&self) -> Result<Vec<(PublicKey, PeerSession)>, FleetError> {
        let rows = tables::read_all(&self.sessions).await?;
        let typed = |(key, row): (String, SessionRow)| Some((key.parse().ok()?, row.into()));
        Ok(rows.into_iter().filter_map(typed).collect())
    }

    /// The log of conversations, where a gateway has made one.
    ///
    /// # Errors
    ///
    /// Fails when the grid is away or refuses.
    pub async fn flows(&self) -> Result<Option<FlowLog>, FleetError> {
        FlowLog::find(&self.client).await
    }

    /// Changes a row of a peer, seals it anew and tells what it is then; `None` where it is gone.
    pub(super) async fn update(
        &self,
        key: PublicKey,
        now: SystemTime,
        change: impl Fn(&mut PeerRecord),
    ) -> Result<Option<PeerRecord>, FleetError> {
        let text = key.to_base64();
        for _ in 0..MAX_ATTEMPTS {
            let Some(row) = self.peers.get(&text).await? else {
                return Ok(None);
            };
            let mut record =
                PeerRecord::from_row(&text, &row, &self.seals.peers).map_err(|reason| {
                    FleetError::NotBelieved {
                        key: text.clone(),
                        reason,
                    }
                })?;
            change(&mut record);
            record.version = Version::after(Some(record.version), now);
            let changed = record.to_row(&self.seals.peers, fresh_nonce()?);
            if self.peers.replace_if_equals(&text, &row, &changed).await? {
                return Ok(Some(record));
            }
        }
        Err(FleetError::Contended(key))
    }

    /// Writes the row of a peer whose addresses are claimed, and confirms the claims.
    async fn write_new(
        &self,
        new: &NewPeer,
        claims: &Claims,
        now: SystemTime,
    ) -> Result<PeerRecord, FleetError> {
        let prefixes = [claims.prefixes().as_slice(), new.prefixes.as_slice()].concat();
        let record = PeerRecord {
            public_key: new.public_key,
            name: new.name.clone(),
            prefixes: Prefixes::new(prefixes)?,
            keepalive: new.keepalive,
            enabled: true,
            expires: new.expires,
            version: Version::after(None, now),
            preshared_key: new.preshared_key.clone(),
        };
        let key = new.public_key.to_base64();
        let row = record.to_row(&self.seals.peers, fresh_nonce()?);
        if !self.peers.put_if_absent(&key, &row).await? {
            return Err(FleetError::KeyTaken {
                key: new.public_key,
                name: None,
            });
        }
        let failure = match claims.confirm().await {
            Ok(true) => return Ok(record),
            Ok(false) => FleetError::Contended(new.public_key),
            Err(error) => error,
        };
        // Nobody is told of this peer's key, so it must not stay.
        self.peers.remove_if_equals(&key, &row).await?;
        Err(failure)
    }

    /// Takes prefixes out of the rows of those who had them. Where that fails the newer row wins
    /// on every gateway all the same, so it is no reason to fail.
    async fn take_away(&self, holders: &[PublicKey], stolen: &[IpNet], now: SystemTime) {
        for holder in holders {
            let drop = |record: &mut PeerRecord| record.prefixes = record.prefixes.without(stolen);
            if let Err(error) = self.update(*holder, now, drop).await {
                tracing::warn!(%holder, %error, "the row of a peer still names what was taken away");
            }
        }
    }
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fleet").finish_non_exhaustive()
    }
}

/// Draws a nonce from the system's random source.
pub(super) fn fresh_nonce() -> Result<SealNonce, FleetError> {
    let mut nonce = SealNonce::default();
    SystemRandom::new().fill(&mut nonce).map_err(|_| {
        FleetError::NoRandomness(Arc::new(std::io::Error::other("no random bytes")))
    })?;
    Ok(nonce)
}
