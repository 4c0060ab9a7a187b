//! Invitations in the grid: made by people, consumed by one atomic operation.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use portway_ignite::{Error, ExpiryDuration, ExpiryPolicy};

use super::{
    AddedPeer, Fleet, FleetError, InvitationToken, NewPeer, OnConflict, PeerName, Prefixes,
    UnixSeconds, directory::fresh_nonce, invitation::InvitationRecord, row::InviteRow,
};
use crate::PublicKey;

/// How long the row of an expired token stays: gateways decide by the time under the seal, and their clocks differ.
const LINGER: Duration = Duration::from_secs(60);

/// Why nobody was let in by a token.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedeemError {
    /// It is wrong, was used or has expired; which of these is told to nobody.
    #[error("this token is not good: it is wrong, was used, or has expired")]
    Token,
    /// The token is good and stays so, but the peer could not be added.
    #[error(transparent)]
    Fleet(#[from] FleetError),
}

impl From<Error> for RedeemError {
    fn from(error: Error) -> Self {
        Self::Fleet(error.into())
    }
}

impl Fleet {
    /// Makes a token with which one peer can enrol under this name until it expires.
    ///
    /// # Errors
    ///
    /// Fails when a peer has the name already, or the grid is away or refuses.
    pub async fn invite(
        &self,
        name: &PeerName,
        expires: UnixSeconds,
        now: SystemTime,
    ) -> Result<InvitationToken, FleetError> {
        self.roster().await?.check_name(name)?;
        let token = InvitationToken::generate();
        let token = token.map_err(|error| FleetError::NoRandomness(Arc::new(error)))?;
        let record = InvitationRecord {
            name: name.clone(),
            expires,
        };
        let hash = token.hash();
        let row = record.to_row(&hash, &self.seals.invitations, fresh_nonce()?);
        self.keep(&hash, &row, now).await?;
        Ok(token)
    }

    /// Consumes a token and adds the peer that it was made for, with this public key.
    ///
    /// Of many who show one token at once, on however many gateways, one is let in: the row is read and removed by
    /// one operation. A token that could not be used for another reason is put back.
    ///
    /// # Errors
    ///
    /// [`RedeemError::Token`], or what [`Fleet::add`] says.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, the token may be consumed without a peer.
    pub async fn redeem(
        &self,
        token: &InvitationToken,
        public_key: PublicKey,
        now: SystemTime,
    ) -> Result<AddedPeer, RedeemError> {
        let hash = token.hash();
        let row = match self.invitations.get_and_remove(&hash).await {
            // Somebody else wrote something there: no invitation.
            Err(Error::Decode { .. }) => None,
            row => row?,
        };
        let row = row.ok_or(RedeemError::Token)?;
        let record = InvitationRecord::from_row(&hash, &row, &self.seals.invitations);
        let record = record.map_err(|reason| {
            tracing::warn!(%reason, "an invitation is not believed");
            RedeemError::Token
        })?;
        if record.expires <= UnixSeconds::from_system_time(now) {
            return Err(RedeemError::Token);
        }
        let added = self.add(invited(record.name, public_key), now).await;
        if added.is_err() {
            self.put_back(&hash, &row, now).await;
        }
        Ok(added?)
    }

    /// Whoever holds the token may try again; what cannot be put back, people make anew.
    async fn put_back(&self, hash: &str, row: &InviteRow, now: SystemTime) {
        if let Err(error) = self.keep(hash, row, now).await {
            tracing::warn!(%error, "an invitation is lost: its peer could not be added");
        }
    }

    /// Writes a row that goes by itself some time after the token has expired.
    async fn keep(&self, hash: &str, row: &InviteRow, now: SystemTime) -> Result<(), Error> {
        let term = row.expires.duration_since(now).unwrap_or_default() + LINGER;
        let passing = self.invitations.with_expiry(ExpiryPolicy {
            create: ExpiryDuration::Milliseconds(term.as_millis().try_into().unwrap_or(u64::MAX)),
            update: ExpiryDuration::Unchanged,
            access: ExpiryDuration::Unchanged,
        });
        passing.put_if_absent(hash, row).await.map(drop)
    }
}

/// What the peer of an invitation is, beside its name and key.
fn invited(name: PeerName, public_key: PublicKey) -> NewPeer {
    NewPeer {
        public_key,
        name,
        prefixes: Prefixes::default(),
        on_conflict: OnConflict::Refuse,
        keepalive: 0,
        expires: None,
        preshared_key: None,
    }
}
