//! Ciphers, as H2 has them: blocks one by one without chaining, what is short filled with zeros.

use aes::Aes128;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};

use super::strings::{Outcome, text};
use super::{Function, each};
use crate::sql::error::{SqlError, code, quoted};
use crate::sql::types::SqlType::{Binary, Varchar};
use crate::sql::value::SqlValue;

/// What data and keys are filled up to a multiple of. The key is the first so many bytes.
const BLOCK: usize = 16;

type Block = [u8; BLOCK];

pub(super) fn all() -> Vec<Function> {
    let parameters = || each(&[Varchar, Binary, Binary]);
    vec![
        Function::new("ENCRYPT", parameters(), Binary, |values| {
            each_block(values, Cipher::encrypt)
        }),
        Function::new("DECRYPT", parameters(), Binary, |values| {
            each_block(values, Cipher::decrypt)
        }),
    ]
}

fn each_block(values: &[SqlValue], change: fn(&Cipher, &mut Block)) -> Outcome {
    let (SqlValue::Binary(key), SqlValue::Binary(data)) = (&values[1], &values[2]) else {
        return Ok(SqlValue::Null);
    };
    let cipher = Cipher::new(text(values, 0), key)?;
    let mut changed = Vec::with_capacity(data.len().next_multiple_of(BLOCK));
    for piece in data.chunks(BLOCK) {
        let mut block = filled(piece);
        change(&cipher, &mut block);
        changed.extend_from_slice(&block);
    }
    Ok(SqlValue::Binary(changed))
}

/// The bytes, and zeros behind them.
fn filled(bytes: &[u8]) -> Block {
    let mut block = [0; BLOCK];
    let length = bytes.len().min(BLOCK);
    block[..length].copy_from_slice(&bytes[..length]);
    block
}

enum Cipher {
    Aes(Box<Aes128>),
    Xtea(XteaKeys),
    /// H2's own, which hides nothing from anybody who looks for it.
    Fog(u32),
}

/// The key of each round, of which H2 makes 32.
type XteaKeys = [u32; 32];

impl Cipher {
    fn new(name: &str, key: &[u8]) -> Result<Self, SqlError> {
        let block = filled(key);
        let words = words(&block);
        // How far behind the end of the key H2 reads where there is none.
        let (cipher, missing) = match name.to_ascii_uppercase().as_str() {
            "AES" => (Self::Aes(Box::new(Aes128::new(&block.into()))), 0),
            "XTEA" => (Self::Xtea(xtea_keys(&words)), -3),
            "FOG" => (Self::Fog(words[1]), -7),
            _ => {
                let message = format!("Unsupported cipher {}", quoted(name));
                return Err(SqlError::parse(code::UNSUPPORTED_CIPHER, message));
            }
        };
        if key.is_empty() {
            return Err(SqlError::out_of_bounds(0, missing));
        }
        Ok(cipher)
    }

    fn encrypt(&self, block: &mut Block) {
        match self {
            Self::Aes(key) => key.encrypt_block(block.into()),
            Self::Xtea(keys) => xtea(block, |halves| xtea_encrypt(halves, keys)),
            Self::Fog(key) => {
                let [x0, x1, x2, x3] = words(block);
                let x0_new = (x0 ^ key).rotate_left(x1 & 31);
                let turn = x0_new & 31;
                let turned = [
                    x0_new,
                    (x1 ^ key).rotate_left(turn),
                    (x2 ^ key).rotate_left(x1 & 31),
                    (x3 ^ key).rotate_left(turn),
                ];
                *block = of_words(turned);
            }
        }
    }

    fn decrypt(&self, block: &mut Block) {
        match self {
            Self::Aes(key) => key.decrypt_block(block.into()),
            Self::Xtea(keys) => xtea(block, |halves| xtea_decrypt(halves, keys)),
            Self::Fog(key) => {
                let [x0, x1, x2, x3] = words(block);
                let x1_new = x1.rotate_right(x0 & 31) ^ key;
                let turned = [
                    x0.rotate_right(x1_new & 31) ^ key,
                    x1_new,
                    x2.rotate_right(x1_new & 31) ^ key,
                    x3.rotate_right(x0 & 31) ^ key,
                ];
                *block = of_words(turned);
            }
        }
    }
}

fn words(block: &Block) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    words
}

fn of_words(words: [u32; 4]) -> Block {
    let mut block = [0; BLOCK];
    for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    block
}

/// A block of ours is two of XTEA's.
fn xtea(block: &mut Block, change: impl Fn(&mut [u32; 2])) {
    let [a, b, c, d] = words(block);
    let (mut first, mut second) = ([a, b], [c, d]);
    change(&mut first);
    change(&mut second);
    *block = of_words([first[0], first[1], second[0], second[1]]);
}

fn xtea_keys(key: &[u32; 4]) -> XteaKeys {
    const DELTA: u32 = 0x9E37_79B9;
    let part = |bits: u32| key[(bits & 3) as usize];
    let mut keys = [0; 32];
    let mut sum = 0_u32;
    for pair in keys.chunks_exact_mut(2) {
        pair[0] = sum.wrapping_add(part(sum));
        sum = sum.wrapping_add(DELTA);
        pair[1] = sum.wrapping_add(part(sum >> 11));
    }
    keys
}

fn xtea_encrypt([y, z]: &mut [u32; 2], keys: &XteaKeys) {
    for pair in keys.chunks_exact(2) {
        *y = y.wrapping_add(xtea_mixed(*z) ^ pair[0]);
        *z = z.wrapping_add(xtea_mixed(*y) ^ pair[1]);
    }
}

fn xtea_decrypt([y, z]: &mut [u32; 2], keys: &XteaKeys) {
    for pair in keys.chunks_exact(2).rev() {
        *z = z.wrapping_sub(xtea_mixed(*y) ^ pair[1]);
        *y = y.wrapping_sub(xtea_mixed(*z) ^ pair[0]);
    }
}

fn xtea_mixed(half: u32) -> u32 {
    ((half << 4) ^ (half >> 5)).wrapping_add(half)
}
