//! What an initiation says, read before a tunnel is opened for it: whose it is, and when it was
//! made. boringtun keeps the greatest time of a peer inside the tunnel, and so forgets it with
//! the keys; here it outlives them.
//!
//! This is the first half of the responder's side of `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`
//! (white paper, section 5.4.2).

use std::ops::Range;

use blake2::{Blake2s256, Digest as _};
use hmac::{Mac as _, SimpleHmac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use x25519_dalek::{SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use crate::{
    PrivateKey, PublicKey,
    state::{DropReason, Stamp},
};

const CONSTRUCTION: &[u8] = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
const IDENTIFIER: &[u8] = b"WireGuard v1 zx2c4 Jason@zx2c4.com";

/// Where the fields of an initiation lie.
const EPHEMERAL: Range<usize> = 8..40;
const STATIC: Range<usize> = 40..88;
const TIMESTAMP: Range<usize> = 88..116;

type Hash = Zeroizing<[u8; 32]>;

/// Opens the initiations that were made for one device.
pub(super) struct InitiationReader {
    private_key: StaticSecret,
    chaining_key: Hash,
    /// Of everything that both sides know before the first message.
    hash: Hash,
}

/// An initiation of which the sender is known, as far as it says so itself: anybody who knows
/// both public keys can have made it.
pub(crate) struct NamedInitiation<'a> {
    reader: &'a InitiationReader,
    message: &'a [u8],
    chaining_key: Hash,
    hash: Hash,
    sender: PublicKey,
}

impl InitiationReader {
    pub(super) fn new(private_key: &PrivateKey, public_key: &PublicKey) -> Self {
        let chaining_key = hash(&[CONSTRUCTION]);
        let protocol = hash(&[chaining_key.as_slice(), IDENTIFIER]);
        Self {
            private_key: StaticSecret::from(*private_key.as_bytes()),
            hash: hash(&[protocol.as_slice(), public_key.as_bytes()]),
            chaining_key,
        }
    }

    /// Reads the sender's public key; costs one Diffie-Hellman.
    pub(super) fn name<'a>(&'a self, message: &'a [u8]) -> Result<NamedInitiation<'a>, DropReason> {
        let ephemeral = *field::<32>(message, EPHEMERAL)?;
        let seen = hash(&[self.hash.as_slice(), &ephemeral]);
        let [chaining_key, _] = derive(&self.chaining_key, &ephemeral);
        let shared = self.agree(ephemeral)?;
        let [chaining_key, key] = derive(&chaining_key, shared.as_bytes());
        let sealed = *field::<48>(message, STATIC)?;
        let sender: [u8; 32] = open(&key, &seen, sealed)?;
        Ok(NamedInitiation {
            reader: self,
            message,
            chaining_key,
            hash: hash(&[seen.as_slice(), &sealed]),
            sender: PublicKey::from_bytes(sender),
        })
    }

    /// Refuses public keys with which every secret is the same: no honest side has one.
    fn agree(&self, public_key: [u8; 32]) -> Result<SharedSecret, DropReason> {
        let shared = self.private_key.diffie_hellman(&public_key.into());
        if shared.was_contributory() {
            Ok(shared)
        } else {
            Err(DropReason::RefusedHandshake)
        }
    }
}

impl NamedInitiation<'_> {
    /// Who sent it, if its time can be read.
    pub(crate) const fn sender(&self) -> PublicKey {
        self.sender
    }

    /// Reads when it was made, which proves that the sender made it; costs another
    /// Diffie-Hellman.
    ///
    /// # Errors
    ///
    /// Refuses one that somebody else made.
    pub(crate) fn stamp(&self) -> Result<Stamp, DropReason> {
        let shared = self.reader.agree(*self.sender.as_bytes())?;
        let [_, key] = derive(&self.chaining_key, shared.as_bytes());
        open(&key, &self.hash, *field::<28>(self.message, TIMESTAMP)?).map(Stamp)
    }
}

fn field<const LENGTH: usize>(
    message: &[u8],
    range: Range<usize>,
) -> Result<&[u8; LENGTH], DropReason> {
    let bytes = message.get(range).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(DropReason::Malformed)
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Blake2s256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Zeroizing::new(hasher.finalize().into())
}

/// KDF2 of the white paper: HKDF with HMAC-BLAKE2s.
fn derive(chaining_key: &Hash, input: &[u8]) -> [Hash; 2] {
    let extracted = authenticate(chaining_key, &[input]);
    let first = authenticate(&extracted, &[&[1]]);
    let second = authenticate(&extracted, &[first.as_slice(), &[2]]);
    [first, second]
}

fn authenticate(key: &Hash, parts: &[&[u8]]) -> Hash {
    let mut mac = SimpleHmac::<Blake2s256>::new_from_slice(key.as_slice())
        .expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Opens a field that was sealed as the first one under `key`.
fn open<const SEALED: usize, const PLAIN: usize>(
    key: &Hash,
    seen: &Hash,
    mut sealed: [u8; SEALED],
) -> Result<[u8; PLAIN], DropReason> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key.as_slice())
        .expect("the key has the 32 bytes that ChaCha20 asks for");
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let plain = LessSafeKey::new(key).open_in_place(nonce, Aad::from(seen.as_slice()), &mut sealed);
    let plain = plain.map_err(|_| DropReason::RefusedHandshake)?;
    (&*plain).try_into().map_err(|_| DropReason::Malformed)
}
