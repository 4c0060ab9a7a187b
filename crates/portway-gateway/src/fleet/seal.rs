//! The seal of a row: what makes a gateway believe it.
//!
//! ```text
//!  0       1              9                21                        n-16        n
//! +-------+--------------+----------------+-------------------------+-----------+
//! | 1     | key id       | nonce          | record, encrypted       | tag       |
//! +-------+--------------+----------------+-------------------------+-----------+
//! ```
//!
//! ChaCha20-Poly1305 (RFC 8439) under a key of the row's kind. The associated data are the bytes
//! before the nonce and the *binding*: the row's key and version. So a seal cannot move to
//! another row, another kind or another version. Nonces are random; at 96 bits a fleet may seal
//! 2^32 rows before a repeat becomes likelier than 2^-33.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{Refusal, key::KEY_ID_LENGTH};

/// The only layout so far.
const LAYOUT: u8 = 1;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH;
const RECORD_START: usize = HEADER_LENGTH + NONCE_LEN;
/// Longer seals are refused unopened; the greatest record (see `peer.rs`) has about 5 kB.
const MAX_SEAL_LENGTH: usize = 8192;

/// A nonce; must never be given twice, so draw it at random.
pub(super) type SealNonce = [u8; NONCE_LEN];

/// Seals and opens the rows of one kind; erased from memory when dropped.
pub(super) struct SealKey {
    secret: Zeroizing<[u8; 32]>,
    id: [u8; KEY_ID_LENGTH],
}

impl SealKey {
    pub(super) const fn new(secret: Zeroizing<[u8; 32]>, id: [u8; KEY_ID_LENGTH]) -> Self {
        Self { secret, id }
    }

    /// Seals a record, bound to `binding`.
    pub(super) fn seal(&self, record: &[u8], binding: &[u8], nonce: SealNonce) -> Vec<u8> {
        let mut seal =
            Vec::with_capacity(RECORD_START + record.len() + CHACHA20_POLY1305.tag_len());
        seal.push(LAYOUT);
        seal.extend_from_slice(&self.id);
        let associated = [&seal, binding].concat();
        seal.extend_from_slice(&nonce);
        seal.extend_from_slice(record);
        let tag = self
            .cipher()
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated),
                &mut seal[RECORD_START..],
            )
            .expect("a record is far below the 256 GB that ChaCha20 can encrypt");
        seal.extend_from_slice(tag.as_ref());
        seal
    }

    /// Opens a seal that must be bound to `binding`.
    pub(super) fn open(&self, seal: &[u8], binding: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        if seal.first() != Some(&LAYOUT)
            || seal.len() > MAX_SEAL_LENGTH
            || seal.len() < RECORD_START + CHACHA20_POLY1305.tag_len()
        {
            return Err(Refusal::Malformed);
        }
        let (header, rest) = seal.split_at(HEADER_LENGTH);
        if header[1..] != self.id {
            return Err(Refusal::WrongKey);
        }
        let (nonce, encrypted) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Refusal::Malformed)?;
        let mut record = Zeroizing::new(encrypted.to_vec());
        let length = self
            .cipher()
            .open_in_place(nonce, Aad::from([header, binding].concat()), &mut record)
            .map_err(|_| Refusal::Forged)?
            .len();
        record.truncate(length);
        Ok(record)
    }

    /// Built for each use: the cipher type of `ring` does not erase itself.
    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.secret.as_slice());
        LessSafeKey::new(key.expect("the secret has the 32 bytes that ChaCha20 asks for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::FleetKey;

    const NONCE: SealNonce = [9; NONCE_LEN];

    fn key() -> SealKey {
        FleetKey::from_bytes([1; 32]).seal_key("PEER")
    }

    #[test]
    fn a_seal_opens_to_what_was_sealed() {
        let seal = key().seal(b"record", b"binding", NONCE);
        assert_eq!(*key().open(&seal, b"binding").unwrap(), b"record");
        assert!(!seal.windows(6).any(|window| window == b"record"));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let seal = key().seal(b"record", b"binding", NONCE);
        for bit in 0..seal.len() * 8 {
            let mut forged = seal.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(key().open(&forged, b"binding").is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_truncated_seal_is_refused() {
        let seal = key().seal(b"record", b"binding", NONCE);
        for length in 0..seal.len() {
            assert!(
                key().open(&seal[..length], b"binding").is_err(),
                "{length} bytes"
            );
        }
        assert_eq!(
            key().open(&[LAYOUT; MAX_SEAL_LENGTH + 1], b""),
            Err(Refusal::Malformed)
        );
    }

    #[test]
    fn a_seal_moved_elsewhere_is_forged() {
        let seal = key().seal(b"record", b"binding", NONCE);
        assert_eq!(key().open(&seal, b"another"), Err(Refusal::Forged));
        let other_kind = FleetKey::from_bytes([1; 32]).seal_key("GATEWAY");
        assert_eq!(other_kind.open(&seal, b"binding"), Err(Refusal::Forged));
    }

    #[test]
    fn the_seal_of_another_fleet_is_told_apart() {
        let seal = FleetKey::from_bytes([2; 32])
            .seal_key("PEER")
            .seal(b"record", b"", NONCE);
        assert_eq!(key().open(&seal, b""), Err(Refusal::WrongKey));
    }
}
