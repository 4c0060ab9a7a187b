//! COMPRESS and EXPAND: a byte that names the algorithm, the length of what was packed, and that.

mod deflate;
mod lengths;
mod lzf;

use super::strings::{LONGEST, Outcome, text};
use super::{Function, each, up_to};
use crate::sql::error::{SqlError, code, quoted};
use crate::sql::types::SqlType::{Binary, Varchar};
use crate::sql::value::SqlValue;
use deflate::Settings;

/// What is shorter is not packed, whatever algorithm is named.
const SHORTEST: usize = 5;

const AS_IT_IS: u8 = 0;
const LZF: u8 = 1;
const DEFLATE: u8 = 2;

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new("COMPRESS", up_to(&[Binary, Varchar], 1), Binary, compress),
        Function::new("EXPAND", each(&[Binary]), Binary, expand),
    ]
}

fn compress(values: &[SqlValue]) -> Outcome {
    let SqlValue::Binary(data) = &values[0] else {
        return Ok(SqlValue::Null);
    };
    let asked = if values.len() > 1 {
        text(values, 1)
    } else {
        "LZF"
    };
    let (number, packed) = if data.len() < SHORTEST {
        (AS_IT_IS, None)
    } else {
        pack(data, asked)?
    };
    let packed = packed.filter(|packed| packed.len() <= data.len());
    let number = if packed.is_some() { number } else { AS_IT_IS };
    let mut made = vec![number];
    lengths::write(&mut made, data.len());
    made.extend_from_slice(packed.as_ref().unwrap_or(data));
    Ok(SqlValue::Binary(made))
}

/// The algorithm's number, and what it makes of the data.
fn pack(data: &[u8], asked: &str) -> Result<(u8, Option<Vec<u8>>), SqlError> {
    let (name, options) = match asked.split_once(' ') {
        Some((name, options)) if !name.is_empty() => (name, options),
        _ => (asked, ""),
    };
    let name = name.to_ascii_uppercase();
    Ok(match name.as_str() {
        "NO" => (AS_IT_IS, None),
        "LZF" => (LZF, Some(lzf::pack(data))),
        "DEFLATE" => (DEFLATE, deflate::pack(data, Settings::read(options)?)),
        _ => return Err(unknown_algorithm(&name)),
    })
}

/// What was packed; 16 MiB at most.
fn expand(values: &[SqlValue]) -> Outcome {
    let SqlValue::Binary(data) = &values[0] else {
        return Ok(SqlValue::Null);
    };
    let number = *data.first().ok_or_else(|| SqlError::out_of_bounds(0, 0))?;
    if !matches!(number, AS_IT_IS | LZF | DEFLATE) {
        let java = i8::from_be_bytes([number]);
        return Err(unknown_algorithm(&java.to_string()));
    }
    let unpacked = || {
        let (length, packed) = lengths::read(&data[1..])?;
        if length > LONGEST {
            return None;
        }
        match number {
            AS_IT_IS => packed.get(..length).map(<[u8]>::to_vec),
            LZF => lzf::unpack(packed, length),
            _ => deflate::unpack(packed, length),
        }
    };
    let unpacked =
        unpacked().ok_or_else(|| SqlError::parse(code::COMPRESSION, "Compression error"));
    unpacked.map(SqlValue::Binary)
}

fn unknown_algorithm(name: &str) -> SqlError {
    let message = format!("Unsupported compression algorithm: {}", quoted(name));
    SqlError::parse(code::COMPRESSION_ALGORITHM, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(data: &[u8], algorithm: &str) -> Vec<u8> {
        let values = [
            SqlValue::Binary(data.to_vec()),
            SqlValue::Varchar(algorithm.into()),
        ];
        match compress(&values) {
            Ok(SqlValue::Binary(bytes)) => bytes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_packed_comes_back() {
        // Repetitions near and far, of each length, and bytes that do not repeat.
        let mut data = Vec::new();
        let mut state = 1_u32;
        for step in 0..4_000_usize {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [byte, back, ..] = state.to_be_bytes();
            let start = data.len().saturating_sub(usize::from(back) * 40);
            match step % 3 {
                0 => data.push(byte),
                _ => data.extend_from_within(start..(start + step % 300).min(data.len())),
            }
            if data.len() > 200_000 {
                break;
            }
        }
        for length in (0..600).chain([8_191, 8_192, 8_193, 70_000, data.len()]) {
            for algorithm in ["LZF", "DEFLATE", "NO"] {
                let bytes = packed(&data[..length.min(data.len())], algorithm);
                let Ok(SqlValue::Binary(found)) = expand(&[SqlValue::Binary(bytes)]) else {
                    panic!("{algorithm} {length}");
                };
                assert_eq!(found, &data[..length.min(data.len())], "{algorithm}");
            }
        }
    }

    #[test]
    fn what_says_it_is_longer_than_the_bound_is_an_error() {
        for number in [AS_IT_IS, LZF, DEFLATE] {
            let mut bytes = vec![number];
            lengths::write(&mut bytes, LONGEST + 1);
            bytes.extend([0; 64]);
            assert!(expand(&[SqlValue::Binary(bytes)]).is_err());
        }
    }

    #[test]
    fn damaged_bytes_are_an_error_or_other_bytes() {
        let whole = packed(&b"abcabcabcabcdefdefdefdef".repeat(20), "LZF");
        for cut in 0..whole.len() {
            let _ = expand(&[SqlValue::Binary(whole[..cut].to_vec())]);
            for bit in 0..8 {
                let mut other = whole.clone();
                other[cut] ^= 1 << bit;
                let _ = expand(&[SqlValue::Binary(other)]);
            }
        }
    }
}
