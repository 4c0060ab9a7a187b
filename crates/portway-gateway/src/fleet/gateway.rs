//! A gateway of the fleet: what clients must know to dial it.

use std::{fmt, io, path::Path, str::FromStr};

use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::{
    Refusal, TunnelNetworks, Version,
    encoding::{EncodingError, RecordReader, RecordWriter},
    networks::MAX_NETWORKS,
    row::GatewayRow,
    seal::{SealKey, SealNonce},
    secret_file::{self, SecretFileError},
};
use crate::{HostPort, PublicKey};

/// What the seals of gateways are derived for.
pub(super) const SEAL_KIND: &str = "GATEWAY";
/// The only layout of a sealed gateway so far.
const RECORD_LAYOUT: u8 = 1;
/// A UUID has 36.
const MAX_ID_LENGTH: usize = 64;

/// The text cannot name a gateway.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is no id of a gateway; use 1 to {MAX_ID_LENGTH} letters, digits and dashes")]
pub struct GatewayIdError(String);

/// Names a gateway within the fleet.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct GatewayId(String);

impl GatewayId {
    /// Reads the file with the gateway's id, or makes one where there is no such file.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read or made, is open to other users or holds no id.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretFileError> {
        secret_file::load_or_create(path, generate_id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GatewayId {
    type Err = GatewayIdError;

    fn from_str(text: &str) -> Result<Self, GatewayIdError> {
        let allowed = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
        if (1..=MAX_ID_LENGTH).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(GatewayIdError(text.to_owned()))
        }
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// 128 random bits: no two gateways share an id.
fn generate_id() -> io::Result<Zeroizing<String>> {
    let mut bits = [0; 16];
    SystemRandom::new()
        .fill(&mut bits)
        .map_err(|_| io::Error::other("the system's random source failed"))?;
    Ok(Zeroizing::new(
        bits.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

/// A gateway as it stands under the seal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GatewayRecord {
    /// Which gateway.
    pub id: GatewayId,
    /// What clients dial; a name is resolved by the client, not here.
    pub endpoint: HostPort,
    /// The identity that clients see.
    pub public_key: PublicKey,
    /// Where peers get their addresses from.
    pub networks: TunnelNetworks,
    /// The part of the receiver-index space that is this gateway's.
    pub slot: u16,
    /// How much of the load it takes; among several, clients are told of the greatest.
    pub weight: u16,
    /// Orders the states of this gateway.
    pub version: Version,
}

impl GatewayRecord {
    /// Seals the record into its row.
    pub(super) fn to_row(&self, key: &SealKey, nonce: SealNonce) -> GatewayRow {
        let seal = key.seal(&self.encode(), &binding(&self.id, self.version), nonce);
        GatewayRow {
            seal,
            ..self.columns()
        }
    }

    /// Opens the seal of a row and compares what it says with what the row shows.
    pub(super) fn from_row(id: &str, row: &GatewayRow, seals: &SealKey) -> Result<Self, Refusal> {
        let id: GatewayId = id.parse().map_err(|_| Refusal::Malformed)?;
        let version = Version::from_column(row.version).ok_or(Refusal::Malformed)?;
        let sealed = seals.open(&row.seal, &binding(&id, version))?;
        let record = Self::decode(&sealed, id, version).map_err(|_| Refusal::Malformed)?;
        let shown = GatewayRow {
            seal: row.seal.clone(),
            ..record.columns()
        };
        if shown == *row {
            Ok(record)
        } else {
            Err(Refusal::Forged)
        }
    }

    /// The row without its seal.
    fn columns(&self) -> GatewayRow {
        GatewayRow {
            endpoint: self.endpoint.to_string(),
            public_key: self.public_key.to_base64(),
            networks: self.networks.to_string(),
            slot: i32::from(self.slot),
            weight: i32::from(self.weight),
            version: self.version.to_column(),
            seal: Vec::new(),
        }
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        RecordWriter::new(RECORD_LAYOUT, 512)
            .text(&self.endpoint.to_string())
            .raw(self.public_key.as_bytes())
            .prefixes(self.networks.as_slice())
            .u16(self.slot)
            .u16(self.weight)
            .finish()
    }

    fn decode(bytes: &[u8], id: GatewayId, version: Version) -> Result<Self, EncodingError> {
        let mut reader = RecordReader::new(bytes, RECORD_LAYOUT)?;
        let record = Self {
            id,
            endpoint: reader.text()?.parse().map_err(|_| EncodingError)?,
            public_key: reader.array().map(PublicKey::from_bytes)?,
            networks: TunnelNetworks::new(reader.prefixes(MAX_NETWORKS)?)
                .map_err(|_| EncodingError)?,
            slot: reader.u16()?,
            weight: reader.u16()?,
            version,
        };
        reader.finish()?;
        Ok(record)
    }
}

/// Ties a seal to its row and to this state of the row. The version has a fixed length, so no
/// two pairs of id and version read the same.
fn binding(id: &GatewayId, version: Version) -> Vec<u8> {
    [id.as_str().as_bytes(), &version.to_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::FleetKey;

    fn seals() -> SealKey {
        FleetKey::from_bytes([1; 32]).seal_key(SEAL_KIND)
    }

    fn record() -> GatewayRecord {
        GatewayRecord {
            id: "b5c0".parse().unwrap(),
            endpoint: "vpn.example.org:51820".parse().unwrap(),
            public_key: PublicKey::from_bytes([5; 32]),
            networks: "10.77.0.0/16, fd00::/64".parse().unwrap(),
            slot: 3,
            weight: 100,
            version: Version::from_column(7).unwrap(),
        }
    }

    #[test]
    fn a_sealed_gateway_opens_to_its_record() {
        let row = record().to_row(&seals(), [0; 12]);
        assert_eq!(
            GatewayRecord::from_row("b5c0", &row, &seals()),
            Ok(record())
        );
    }

    #[test]
    fn nobody_can_send_clients_elsewhere() {
        let row = record().to_row(&seals(), [0; 12]);
        let moved = GatewayRow {
            endpoint: "evil.example.org:51820".into(),
            ..row.clone()
        };
        assert_eq!(
            GatewayRecord::from_row("b5c0", &moved, &seals()),
            Err(Refusal::Forged)
        );
        assert_eq!(
            GatewayRecord::from_row("b5c1", &row, &seals()),
            Err(Refusal::Forged)
        );
    }
}
