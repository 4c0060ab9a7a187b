//! An invitation: a one-time token, of which the grid keeps no more than its hash.

use std::{fmt, fmt::Write as _, io};

use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

use super::{
    PeerName, Refusal, UnixSeconds,
    encoding::{EncodingError, RecordReader, RecordWriter},
    row::InviteRow,
    seal::{SealKey, SealNonce},
};

/// What the seals of invitations are derived for.
pub(super) const SEAL_KIND: &str = "INVITE";
/// The only layout of a sealed invitation so far.
const RECORD_LAYOUT: u8 = 1;
/// Random bytes of a token: so many that nobody guesses one, and its hash needs no salt.
const TOKEN_BYTES: usize = 32;

/// What lets one peer in, once; erased from memory when dropped and never printed by accident.
#[derive(Clone)]
pub struct InvitationToken(Zeroizing<String>);

impl InvitationToken {
    /// Draws a new token.
    ///
    /// # Errors
    ///
    /// Fails when the system's random source does.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        SystemRandom::new()
            .fill(bytes.as_mut_slice())
            .map_err(|_| io::Error::other("the system's random source failed"))?;
        Ok(Self(Zeroizing::new(digits(bytes.as_slice()))))
    }

    /// Takes what somebody shows for a token, whatever it is: no table knows a wrong one.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The token, to be told once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The key of its row: the SHA-256 in hexadecimal digits.
    pub(super) fn hash(&self) -> String {
        digits(digest(&SHA256, self.0.as_bytes()).as_ref())
    }
}

/// Hexadecimal digits: unlike base64 they never look like an option to a shell.
fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InvitationToken(secret)")
    }
}

/// An invitation as it stands under the seal. Without the seal, whoever writes the grid could invite himself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct InvitationRecord {
    /// What the peer will be called.
    pub(super) name: PeerName,
    /// From when on the token is no longer good.
    pub(super) expires: UnixSeconds,
}

impl InvitationRecord {
    /// Seals the record into the row of a token with this hash.
    pub(super) fn to_row(&self, hash: &str, key: &SealKey, nonce: SealNonce) -> InviteRow {
        InviteRow {
            seal: key.seal(&self.encode(), hash.as_bytes(), nonce),
            ..self.columns()
        }
    }

    /// Opens the seal of a row and compares what it says with what the row shows.
    pub(super) fn from_row(hash: &str, row: &InviteRow, seals: &SealKey) -> Result<Self, Refusal> {
        let sealed = seals.open(&row.seal, hash.as_bytes())?;
        let record = Self::decode(&sealed).map_err(|_| Refusal::Malformed)?;
        let shown = InviteRow {
            seal: row.seal.clone(),
            ..record.columns()
        };
        (shown == *row).then_some(record).ok_or(Refusal::Forged)
    }

    /// The row without its seal.
    fn columns(&self) -> InviteRow {
        InviteRow {
            name: self.name.to_string(),
            expires: self.expires.to_system_time(),
            seal: Vec::new(),
        }
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        RecordWriter::new(RECORD_LAYOUT, 128)
            .text(self.name.as_str())
            .u64(self.expires.get())
            .finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = RecordReader::new(bytes, RECORD_LAYOUT)?;
        let record = Self {
            name: reader.text()?.parse().map_err(|_| EncodingError)?,
            expires: UnixSeconds::new(reader.u64()?),
        };
        reader.finish()?;
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::FleetKey;

    fn seals() -> SealKey {
        FleetKey::from_bytes([1; 32]).seal_key(SEAL_KIND)
    }

    fn record() -> InvitationRecord {
        InvitationRecord {
            name: "laptop".parse().unwrap(),
            expires: UnixSeconds::new(1_000),
        }
    }

    #[test]
    fn tokens_differ_and_are_not_printed() {
        let [one, other] = [(); 2].map(|()| InvitationToken::generate().unwrap());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(InvitationToken::shown(one.reveal()).hash(), one.hash());
        assert_eq!(format!("{one:?}"), "InvitationToken(secret)");
    }

    #[test]
    fn an_invitation_is_believed_for_its_own_token_only() {
        let (hash, other) = ("a".repeat(64), "b".repeat(64));
        let row = record().to_row(&hash, &seals(), [0; 12]);
        assert_eq!(
            InvitationRecord::from_row(&hash, &row, &seals()),
            Ok(record())
        );
        assert_eq!(
            InvitationRecord::from_row(&other, &row, &seals()),
            Err(Refusal::Forged)
        );
        let longer = InviteRow {
            expires: UnixSeconds::new(9_999).to_system_time(),
            ..row
        };
        assert_eq!(
            InvitationRecord::from_row(&hash, &longer, &seals()),
            Err(Refusal::Forged)
        );
    }
}
