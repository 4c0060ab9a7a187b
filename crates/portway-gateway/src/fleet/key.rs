//! The secret of a fleet: who has it can admit peers.

use std::{fmt, io, path::Path, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    seal::SealKey,
    secret_file::{self, SecretFileError},
};

/// Length of the secret.
const KEY_LENGTH: usize = 32;
/// Length of the public name of a fleet key, long enough that two keys do not share one.
pub(super) const KEY_ID_LENGTH: usize = 8;
/// Separates what is derived here from any other use of the same secret.
const SALT: &[u8] = b"portway fleet key 1";

/// The text is not 32 bytes of base64.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a fleet key is 32 bytes in base64")]
pub struct FleetKeyError;

/// The secret that all gateways and tools of one fleet share; erased from memory when dropped
/// and never printed.
///
/// Everything is derived from it with HKDF-SHA256 and a label per purpose, so that no two
/// purposes share a key.
#[derive(Clone)]
pub struct FleetKey {
    secret: Zeroizing<[u8; KEY_LENGTH]>,
}

impl FleetKey {
    /// Takes the 32 bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_LENGTH]) -> Self {
        Self {
            secret: Zeroizing::new(bytes),
        }
    }

    /// Reads the key file, or makes it (mode 0600) where there is none.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read or made, is open to other users or holds no key.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretFileError> {
        secret_file::load_or_create(path, generate_text)
    }

    /// Reads the key file.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read, is open to other users or holds no key.
    pub fn load(path: &Path) -> Result<Self, SecretFileError> {
        secret_file::load(path)
    }

    /// The key under which rows of one kind are sealed.
    pub(super) fn seal_key(&self, kind: &'static str) -> SealKey {
        SealKey::new(self.derive(&[b"seal ", kind.as_bytes()]), self.id())
    }

    /// A name for this key that tells nothing about it.
    fn id(&self) -> [u8; KEY_ID_LENGTH] {
        *self.derive(&[b"id"])
    }

    /// The random part of the fleet's IPv6 unique local prefix (RFC 4193, section 3.2): stable,
    /// because it comes from the key.
    pub(super) fn unique_local_id(&self) -> [u8; 5] {
        *self.derive(&[b"unique local prefix"])
    }

    fn derive<const LENGTH: usize>(&self, label: &[&[u8]]) -> Zeroizing<[u8; LENGTH]> {
        let extracted: Prk = Salt::new(HKDF_SHA256, SALT).extract(self.secret.as_slice());
        let mut output = Zeroizing::new([0; LENGTH]);
        extracted
            .expand(label, OutputLength(LENGTH))
            .and_then(|material| material.fill(output.as_mut_slice()))
            .expect("HKDF-SHA256 yields up to 8160 bytes, and no purpose asks for more than 32");
        output
    }
}

impl fmt::Debug for FleetKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FleetKey(secret)")
    }
}

impl FromStr for FleetKey {
    type Err = FleetKeyError;

    fn from_str(text: &str) -> Result<Self, FleetKeyError> {
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| FleetKeyError)?);
        let mut secret: [u8; KEY_LENGTH] =
            bytes.as_slice().try_into().map_err(|_| FleetKeyError)?;
        let key = Self::from_bytes(secret);
        secret.zeroize();
        Ok(key)
    }
}

fn generate_text() -> io::Result<Zeroizing<String>> {
    let mut secret = Zeroizing::new([0; KEY_LENGTH]);
    SystemRandom::new()
        .fill(secret.as_mut_slice())
        .map_err(|_| io::Error::other("the system's random source failed"))?;
    Ok(Zeroizing::new(STANDARD.encode(secret.as_slice())))
}

/// How many bytes to derive.
struct OutputLength(usize);

impl KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.key");
        assert!(FleetKey::load(&path).is_err());
        let made = FleetKey::load_or_create(&path).unwrap();
        assert_eq!(*FleetKey::load(&path).unwrap().secret, *made.secret);
    }

    #[test]
    fn purposes_do_not_share_a_key() {
        let key = FleetKey::from_bytes([7; 32]);
        let peers: Zeroizing<[u8; 32]> = key.derive(&[b"seal ", b"PEER"]);
        let gateways: Zeroizing<[u8; 32]> = key.derive(&[b"seal ", b"GATEWAY"]);
        assert_ne!(*peers, *gateways);
        assert_ne!(key.id(), FleetKey::from_bytes([8; 32]).id());
    }

    #[test]
    fn a_fleet_key_is_never_printed() {
        assert_eq!(
            format!("{:?}", FleetKey::from_bytes([7; 32])),
            "FleetKey(secret)"
        );
    }
}
