//! A peer of the fleet: the record that is sealed, and the row that people see.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use zeroize::Zeroizing;

use super::{
    Prefixes, Refusal,
    encoding::{EncodingError, RecordReader, RecordWriter},
    prefixes::MAX_PREFIXES,
    row::PeerRow,
    seal::{SealKey, SealNonce},
};
use crate::{PresharedKey, PublicKey};

/// What the seals of peers are derived for.
pub(super) const SEAL_KIND: &str = "PEER";
/// The only layout of a sealed peer so far.
const RECORD_LAYOUT: u8 = 1;
/// As long as a label of a host name, so that a name can become one.
const MAX_NAME_LENGTH: usize = 63;

/// The text cannot name a peer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{0:?} cannot name a peer; use 1 to {MAX_NAME_LENGTH} letters, digits and . _ - @ +, \
     beginning with a letter or digit"
)]
pub struct PeerNameError(String);

/// The name that people give a peer. Never the text of a public key, so both can stand in one
/// place of a command.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerName(String);

impl PeerName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PeerName {
    type Err = PeerNameError;

    fn from_str(text: &str) -> Result<Self, PeerNameError> {
        let allowed = |letter: char| letter.is_alphanumeric() || "._-@+".contains(letter);
        let valid = text.len() <= MAX_NAME_LENGTH
            && text.starts_with(char::is_alphanumeric)
            && text.chars().all(allowed);
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(PeerNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whole seconds since 1970, as they stand in the grid; not beyond the year 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// The last second of the year 9999: the greatest time that SQL can write.
    const LATEST: u64 = 253_402_300_799;

    /// That many seconds after 1970, or the end of the year 9999 where that is earlier.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(if seconds < Self::LATEST {
            seconds
        } else {
            Self::LATEST
        })
    }

    /// The second that has begun at `time`; 1970 for anything earlier.
    #[must_use]
    pub fn from_system_time(time: SystemTime) -> Self {
        Self::new(
            time.duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
        )
    }

    /// The moment as the standard library has it.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0)
    }

    /// The seconds since 1970.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// So many seconds later.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self::new(self.0.saturating_add(seconds))
    }
}

/// Orders the states of one row: of two, the higher is the later.
///
/// A version is taken from the clock (microseconds since 1970) unless the row's last version is
/// not below it. So a peer that is added again after its removal has a higher version than
/// before, and an earlier row that somebody puts back is recognised.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(u64);

impl Version {
    /// Not above any version.
    pub(super) const LOWEST: Self = Self(0);
    /// Not below any version.
    pub(super) const HIGHEST: Self = Self(u64::MAX);

    /// The version to write at `now` over `previous`.
    #[must_use]
    pub fn after(previous: Option<Self>, now: SystemTime) -> Self {
        let clock = now
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_micros();
        let clock = u64::try_from(clock).unwrap_or(0);
        Self(clock.max(previous.map_or(0, |version| version.0 + 1)))
    }

    /// The version right before this one.
    pub(super) const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Reads the column; it is never negative.
    pub(super) fn from_column(column: i64) -> Option<Self> {
        u64::try_from(column).ok().map(Self)
    }

    /// The column of the grid (BIGINT).
    pub(super) fn to_column(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    pub(super) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// All that a gateway must know of a peer, as it stands under the seal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerRecord {
    /// Which peer.
    pub public_key: PublicKey,
    /// What people call it.
    pub name: PeerName,
    /// Its tunnel addresses, then the prefixes behind it.
    pub prefixes: Prefixes,
    /// Seconds between keepalives; 0 is off.
    pub keepalive: u16,
    /// Whether the gateways serve it.
    pub enabled: bool,
    /// From when on the gateways no longer serve it.
    pub expires: Option<UnixSeconds>,
    /// Orders the states of this peer.
    pub version: Version,
    /// The symmetric key, kept nowhere but under the seal.
    pub preshared_key: Option<PresharedKey>,
}

impl PeerRecord {
    /// Whether the gateways serve this peer at `now`.
    #[must_use]
    pub fn is_active(&self, now: UnixSeconds) -> bool {
        self.enabled && self.expires.is_none_or(|expires| now < expires)
    }

    /// Seals the record into its row.
    pub(super) fn to_row(&self, key: &SealKey, nonce: SealNonce) -> PeerRow {
        let seal = key.seal(
            &self.encode(),
            &binding(&self.public_key, self.version),
            nonce,
        );
        PeerRow {
            seal,
            ..self.columns()
        }
    }

    /// Opens the seal of a row and compares what it says with what the row shows.
    pub(super) fn from_row(key: &str, row: &PeerRow, seals: &SealKey) -> Result<Self, Refusal> {
        let public_key: PublicKey = key.parse().map_err(|_| Refusal::Malformed)?;
        let version = Version::from_column(row.version).ok_or(Refusal::Malformed)?;
        let sealed = seals.open(&row.seal, &binding(&public_key, version))?;
        let record = Self::decode(&sealed, public_key, version).map_err(|_| Refusal::Malformed)?;
        let shown = PeerRow {
            seal: row.seal.clone(),
            ..record.columns()
        };
        if shown == *row && public_key.to_base64() == key {
            Ok(record)
        } else {
            Err(Refusal::Forged)
        }
    }

    /// The row without its seal.
    fn columns(&self) -> PeerRow {
        PeerRow {
            name: self.name.to_string(),
            prefixes: self.prefixes.to_string(),
            keepalive: i32::from(self.keepalive),
            enabled: self.enabled,
            expires: self.expires.map(UnixSeconds::to_system_time),
            version: self.version.to_column(),
            seal: Vec::new(),
        }
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        // The greatest size of a prefix is 18; the rest of a record stays below 128.
        let capacity = 128 + 18 * self.prefixes.as_slice().len();
        RecordWriter::new(RECORD_LAYOUT, capacity)
            .text(self.name.as_str())
            .prefixes(self.prefixes.as_slice())
            .u16(self.keepalive)
            .flag(self.enabled)
            .option(self.expires, |writer, expires| writer.u64(expires.get()))
            .option(self.preshared_key.as_ref(), |writer, key| {
                writer.raw(key.as_bytes())
            })
            .finish()
    }

    fn decode(
        bytes: &[u8],
        public_key: PublicKey,
        version: Version,
    ) -> Result<Self, EncodingError> {
        let mut reader = RecordReader::new(bytes, RECORD_LAYOUT)?;
        let record = Self {
            public_key,
            name: reader.text()?.parse().map_err(|_| EncodingError)?,
            prefixes: Prefixes::new(reader.prefixes(MAX_PREFIXES)?).map_err(|_| EncodingError)?,
            keepalive: reader.u16()?,
            enabled: reader.flag()?,
            expires: reader.option(|reader| reader.u64().map(UnixSeconds::new))?,
            version,
            preshared_key: reader.option(|reader| reader.array().map(PresharedKey::from_bytes))?,
        };
        reader.finish()?;
        Ok(record)
    }
}

/// Ties a seal to its row and to this state of the row.
fn binding(public_key: &PublicKey, version: Version) -> Vec<u8> {
    [public_key.as_bytes().as_slice(), &version.to_bytes()].concat()
}

#[cfg(test)]
mod tests;
