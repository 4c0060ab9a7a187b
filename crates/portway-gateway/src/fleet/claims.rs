//! Claims on tunnel addresses: who writes the entry in `ADDRESS` first has the address.
//!
//! A claim is made before its peer and confirmed after it. Until then it has a term, so that a
//! command that dies in between costs an address for a minute and not for ever.

use std::{collections::HashSet, net::IpAddr};

use ipnet::IpNet;
use portway_ignite::{Cache, ExpiryDuration, ExpiryPolicy};

use super::{FleetError, TunnelNetworks, networks::Family, row::AddressRow, tables};
use crate::PublicKey;

/// In milliseconds; far longer than the writes between claim and confirmation take.
const CLAIM_TERM: u64 = 60_000;

/// The addresses of one new peer, claimed and not yet confirmed.
#[derive(Debug)]
#[must_use = "claims are confirmed or released"]
pub(super) struct Claims {
    addresses: Cache<String, AddressRow>,
    owner: AddressRow,
    claimed: Vec<IpAddr>,
}

impl Claims {
    /// Claims one address of each family that the tunnel networks have.
    pub(super) async fn make(
        addresses: &Cache<String, AddressRow>,
        owner: PublicKey,
        networks: &TunnelNetworks,
        mut taken: HashSet<IpAddr>,
    ) -> Result<Self, FleetError> {
        taken.extend(claimed_addresses(addresses).await?);
        let owner = AddressRow {
            public_key: owner.to_base64(),
        };
        let mut claims = Self {
            addresses: addresses.clone(),
            owner,
            claimed: Vec::new(),
        };
        for family in networks.families() {
            match claims.claim_one(family, networks, &taken).await {
                Ok(address) => claims.claimed.push(address),
                Err(error) => {
                    claims.release().await;
                    return Err(error);
                }
            }
        }
        Ok(claims)
    }

    /// The claimed addresses as prefixes.
    pub(super) fn prefixes(&self) -> Vec<IpNet> {
        self.claimed.iter().copied().map(IpNet::from).collect()
    }

    /// Makes the claims last.
    ///
    /// Answers false when one is gone because the term was over; then the peer must go as well.
    pub(super) async fn confirm(&self) -> Result<bool, FleetError> {
        let lasting = self.addresses.with_expiry(ExpiryPolicy {
            create: ExpiryDuration::Eternal,
            update: ExpiryDuration::Eternal,
            access: ExpiryDuration::Unchanged,
        });
        for address in &self.claimed {
            let held = lasting
                .replace_if_equals(&address.to_string(), &self.owner, &self.owner)
                .await?;
            if !held {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the addresses back. What the grid does not hear of ends with its term.
    pub(super) async fn release(self) {
        for address in self.claimed {
            if let Err(error) = release(&self.addresses, address, &self.owner).await {
                tracing::warn!(%address, %error, "a claim is not released and ends by itself");
            }
        }
    }

    /// Tries the free addresses in order; another command may take one first.
    async fn claim_one(
        &self,
        family: Family,
        networks: &TunnelNetworks,
        taken: &HashSet<IpAddr>,
    ) -> Result<IpAddr, FleetError> {
        let passing = self.addresses.with_expiry(ExpiryPolicy {
            create: ExpiryDuration::Milliseconds(CLAIM_TERM),
            update: ExpiryDuration::Unchanged,
            access: ExpiryDuration::Unchanged,
        });
        for address in networks.free(family, taken) {
            if passing
                .put_if_absent(&address.to_string(), &self.owner)
                .await?
            {
                return Ok(address);
            }
        }
        Err(FleetError::NoAddress {
            family: family.name(),
            networks: networks.clone(),
        })
    }
}

/// Gives back what a removed peer had.
pub(super) async fn release_all(
    addresses: &Cache<String, AddressRow>,
    owner: PublicKey,
    prefixes: &[IpNet],
) -> Result<(), FleetError> {
    let owner = AddressRow {
        public_key: owner.to_base64(),
    };
    for prefix in prefixes
        .iter()
        .filter(|prefix| prefix.prefix_len() == prefix.max_prefix_len())
    {
        release(addresses, prefix.addr(), &owner).await?;
    }
    Ok(())
}

/// Removes a claim, if it is still the owner's.
async fn release(
    addresses: &Cache<String, AddressRow>,
    address: IpAddr,
    owner: &AddressRow,
) -> Result<bool, FleetError> {
    Ok(addresses
        .remove_if_equals(&address.to_string(), owner)
        .await?)
}

async fn claimed_addresses(
    addresses: &Cache<String, AddressRow>,
) -> Result<HashSet<IpAddr>, FleetError> {
    let rows = tables::read_all(addresses).await?;
    Ok(rows
        .iter()
        .filter_map(|(address, _)| address.parse().ok())
        .collect())
}
