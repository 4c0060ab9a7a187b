//! Passwords as they are kept: salted and hashed by PBKDF2 with SHA-256.

use std::fmt;
use std::num::NonZeroU32;

use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};

/// Some ten milliseconds of one core: guessing costs, connecting hardly. Each hash carries its own
/// number, so this can be raised.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(60_000).expect("is not zero");

/// More iterations than this were never written: a damaged hash must not keep a core for hours.
const MOST_ITERATIONS: u32 = 10_000_000;

const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// What is kept of a password: `iterations (4, little-endian) | salt (16) | hash (32)`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash {
    iterations: NonZeroU32,
    salt: [u8; SALT_LENGTH],
    hash: [u8; HASH_LENGTH],
}

/// The system gave no randomness for a salt.
#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness for a password's salt; try again")]
pub(crate) struct NoRandomness;

impl PasswordHash {
    /// Hashes a password with a fresh salt, the one randomness that must never replay.
    pub(crate) fn of(password: &str) -> Result<Self, NoRandomness> {
        let mut salt = [0; SALT_LENGTH];
        SystemRandom::new()
            .fill(&mut salt)
            .map_err(|_| NoRandomness)?;
        let mut hash = [0; HASH_LENGTH];
        let password = password.as_bytes();
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password, &mut hash);
        Ok(Self {
            iterations: ITERATIONS,
            salt,
            hash,
        })
    }

    /// A hash that no password has: a user who is not there costs as much time as one who is.
    pub(crate) fn of_nobody() -> Self {
        Self {
            iterations: ITERATIONS,
            salt: [0; SALT_LENGTH],
            hash: [0; HASH_LENGTH],
        }
    }

    /// Whether this is the password, in a time that tells nothing of where it differs.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let password = password.as_bytes();
        pbkdf2::verify(
            PBKDF2_HMAC_SHA256,
            self.iterations,
            &self.salt,
            password,
            &self.hash,
        )
        .is_ok()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        [
            &self.iterations.get().to_le_bytes()[..],
            &self.salt,
            &self.hash,
        ]
        .concat()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (iterations, rest) = bytes.split_first_chunk::<4>()?;
        let (salt, hash) = rest.split_first_chunk::<SALT_LENGTH>()?;
        let iterations = NonZeroU32::new(u32::from_le_bytes(*iterations))?;
        (iterations.get() <= MOST_ITERATIONS).then_some(Self {
            iterations,
            salt: *salt,
            hash: hash.try_into().ok()?,
        })
    }
}

/// Says nothing: a hash can be tried against guesses.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordHash")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_hash_knows_its_password_and_no_other() {
        let hash = PasswordHash::of("geheim").unwrap();
        let stored = PasswordHash::decode(&hash.encode()).unwrap();
        assert_eq!(stored, hash);
        assert!(stored.matches("geheim") && !stored.matches("Geheim"));
        assert!(!PasswordHash::of_nobody().matches(""));
        assert_ne!(PasswordHash::of("geheim").unwrap(), hash, "salts differ");
    }

    #[test]
    fn damaged_hashes_are_refused() {
        let whole = PasswordHash::of("geheim").unwrap().encode();
        assert_eq!(PasswordHash::decode(&whole[..51]), None);
        let mut endless = whole;
        endless[..4].fill(0xFF);
        assert_eq!(PasswordHash::decode(&endless), None);
    }
}
