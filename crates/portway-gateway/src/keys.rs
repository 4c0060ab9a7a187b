//! The three kinds of WireGuard key, which must never be mixed up.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Length of every WireGuard key in bytes.
const KEY_LENGTH: usize = 32;

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not 32 bytes of base64 (44 characters).
    #[error("a key is 32 bytes in base64: 44 characters that end in '='")]
    NotBase64,
    /// The text is not 64 hexadecimal digits.
    #[error("a key on the UAPI socket is 64 hexadecimal digits")]
    NotHex,
}

/// Identifies a peer: the Curve25519 public key of its static key pair.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicKey([u8; KEY_LENGTH]);

/// A static Curve25519 private key; erased from memory when dropped and never printed.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct PrivateKey([u8; KEY_LENGTH]);

/// The optional symmetric key of a pair of peers; erased from memory when dropped and never printed.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct PresharedKey([u8; KEY_LENGTH]);

impl PrivateKey {
    /// Makes a new key from the system's random source, clamped as Curve25519 asks.
    ///
    /// # Errors
    ///
    /// Fails where the system has no random source.
    pub fn generate() -> std::io::Result<Self> {
        let mut bytes = random_bytes()?;
        bytes[0] &= 248;
        bytes[31] = (bytes[31] & 127) | 64;
        Ok(Self(bytes))
    }

    /// Computes the public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let secret = x25519_dalek::StaticSecret::from(self.0);
        PublicKey(x25519_dalek::PublicKey::from(&secret).to_bytes())
    }
}

impl PresharedKey {
    /// Makes a new key from the system's random source.
    ///
    /// # Errors
    ///
    /// Fails where the system has no random source.
    pub fn generate() -> std::io::Result<Self> {
        random_bytes().map(Self)
    }
}

fn random_bytes() -> std::io::Result<[u8; KEY_LENGTH]> {
    let mut bytes = [0; KEY_LENGTH];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| std::io::Error::other("the system's random source failed"))?;
    Ok(bytes)
}

/// What the three kinds have in common: bytes, base64 (files, grid) and hexadecimal (UAPI).
macro_rules! key_text {
    ($key:ident) => {
        impl $key {
            /// Takes the 32 bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; KEY_LENGTH]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
                &self.0
            }

            /// Whether all bytes are zero, which means "none" on the UAPI socket.
            #[must_use]
            pub fn is_zero(&self) -> bool {
                self.0.iter().fold(0, |all, byte| all | byte) == 0
            }

            /// Reads 64 hexadecimal digits, as the UAPI socket carries them.
            ///
            /// # Errors
            ///
            /// [`KeyError::NotHex`] for anything else.
            pub fn from_hex(text: &str) -> Result<Self, KeyError> {
                decode_hex(text).map(Self)
            }

            /// Writes 64 lower-case hexadecimal digits.
            #[must_use]
            pub fn to_hex(&self) -> String {
                encode_hex(&self.0)
            }

            /// Writes base64, 44 characters, as configuration files carry it.
            #[must_use]
            pub fn to_base64(&self) -> String {
                STANDARD.encode(self.0)
            }
        }

        impl FromStr for $key {
            type Err = KeyError;

            fn from_str(text: &str) -> Result<Self, KeyError> {
                decode_base64(text).map(Self)
            }
        }
    };
}

key_text!(PublicKey);
key_text!(PrivateKey);
key_text!(PresharedKey);

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_base64())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey(secret)")
    }
}

impl fmt::Debug for PresharedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PresharedKey(secret)")
    }
}

fn decode_base64(text: &str) -> Result<[u8; KEY_LENGTH], KeyError> {
    let mut bytes =
        zeroize::Zeroizing::new(STANDARD.decode(text).map_err(|_| KeyError::NotBase64)?);
    let key = bytes.as_slice().try_into().map_err(|_| KeyError::NotBase64);
    bytes.zeroize();
    key
}

fn decode_hex(text: &str) -> Result<[u8; KEY_LENGTH], KeyError> {
    let digits = text.as_bytes();
    if digits.len() != 2 * KEY_LENGTH {
        return Err(KeyError::NotHex);
    }
    let mut bytes = [0; KEY_LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Ok(bytes)
}

fn hex_digit(digit: u8) -> Result<u8, KeyError> {
    let value = char::from(digit).to_digit(16).ok_or(KeyError::NotHex)?;
    u8::try_from(value).map_err(|_| KeyError::NotHex)
}

fn encode_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_base64_and_hexadecimal() {
        let key = PublicKey::from_bytes(std::array::from_fn(|index| index as u8 * 7));
        assert_eq!(key.to_base64().parse(), Ok(key));
        assert_eq!(PublicKey::from_hex(&key.to_hex()), Ok(key));
    }

    #[test]
    fn the_public_half_is_that_of_rfc_7748() {
        // Section 6.1, Alice.
        let private = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        let public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        let private = PrivateKey::from_hex(private).unwrap();
        assert_eq!(private.public_key().to_hex(), public);
    }

    #[test]
    fn wrong_texts_are_refused() {
        for text in [
            "",
            "AAAA",
            &"A".repeat(44),
            &"g".repeat(64),
            &"ä".repeat(22),
        ] {
            assert_eq!(text.parse::<PublicKey>(), Err(KeyError::NotBase64));
            assert_eq!(PublicKey::from_hex(text), Err(KeyError::NotHex));
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let private = PrivateKey::from_bytes([0x41; 32]);
        assert_eq!(format!("{private:?}"), "PrivateKey(secret)");
    }
}
