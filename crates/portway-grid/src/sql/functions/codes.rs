//! Characters as numbers and as hexadecimal digits, Java's escapes, codes of sounds.

use portway_ignite_protocol::java;

use super::strings::{Outcome, count, made, of_units, text};
use super::{Function, each, units, up_to};
use crate::sql::convert::conversion_error;
use crate::sql::error::{SqlError, code};
use crate::sql::text::{from_hex, java_encoded};
use crate::sql::types::SqlType::{BigInt, Binary, Int, Varchar};
use crate::sql::value::SqlValue;

/// The most digests of digests: a statement ends.
const MOST_ROUNDS: usize = 1 << 20;

pub(super) fn all() -> Vec<Function> {
    vec![
        Function::new("ASCII", each(&[Varchar]), Int, |values| {
            let first = text(values, 0).encode_utf16().next();
            Ok(first.map_or(SqlValue::Null, |unit| SqlValue::Int(i32::from(unit))))
        }),
        Function::new("CHAR", each(&[Int]), Varchar, character),
        Function::new("CHR", each(&[Int]), Varchar, character),
        Function::new("HEXTORAW", each(&[Varchar]), Varchar, |values| {
            let bytes = from_hex(text(values, 0)).filter(|bytes| bytes.len() % 2 == 0);
            let bytes = bytes.ok_or_else(|| conversion_error(&values[0]))?;
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            of_units(&units.collect::<Vec<u16>>())
        }),
        Function::new("RAWTOHEX", each(&[Varchar]), Varchar, |values| {
            made(
                text(values, 0)
                    .encode_utf16()
                    .map(|unit| format!("{unit:04x}"))
                    .collect(),
            )
        }),
        Function::new("STRINGTOUTF8", each(&[Varchar]), Binary, |values| {
            Ok(SqlValue::Binary(text(values, 0).as_bytes().to_vec()))
        }),
        Function::new(
            "UTF8TOSTRING",
            each(&[Binary]),
            Varchar,
            |values| match &values[0] {
                SqlValue::Binary(bytes) => made(String::from_utf8_lossy(bytes).into_owned()),
                _ => Ok(SqlValue::Null),
            },
        ),
        Function::new("STRINGENCODE", each(&[Varchar]), Varchar, |values| {
            made(java_encoded(text(values, 0)))
        }),
        Function::new("STRINGDECODE", each(&[Varchar]), Varchar, |values| {
            java_decoded(text(values, 0))
        }),
        Function::new("HASH", each(&[Varchar, Binary, Int]), Binary, digest),
        Function::new("SIGNAL", each(&[Varchar, Varchar]), Varchar, |values| {
            Err(signal(text(values, 0), text(values, 1)))
        }),
        Function::new("ORA_HASH", up_to(&[Varchar, Int, Int], 1), BigInt, hash),
        Function::new("SOUNDEX", each(&[Varchar]), Varchar, |values| {
            made(soundex(text(values, 0)))
        }),
        Function::new("DIFFERENCE", each(&[Varchar, Varchar]), Int, |values| {
            let (a, b) = (soundex(text(values, 0)), soundex(text(values, 1)));
            let same = a.bytes().zip(b.bytes()).filter(|(a, b)| a == b).count();
            Ok(SqlValue::Int(i32::try_from(same).unwrap_or(0)))
        }),
    ]
}

/// The character with this number, of which Java looks at the low 16 bits.
fn character(values: &[SqlValue]) -> Outcome {
    let SqlValue::Int(number) = values[0] else {
        return Ok(SqlValue::Null);
    };
    let [.., high, low] = number.to_be_bytes();
    of_units(&[u16::from_be_bytes([high, low])])
}

/// What Java's escapes stand for.
fn java_decoded(text: &str) -> Outcome {
    let units: Vec<u16> = text.encode_utf16().collect();
    let failed = |at: usize| {
        let (start, end) = units.split_at(at.min(units.len()));
        let shown = String::from_utf16_lossy(start) + "[*]" + &String::from_utf16_lossy(end);
        SqlError::parse(
            code::STRING_FORMAT,
            format!("String format error: \"{shown}\""),
        )
    };
    let backslash = u16::from(b'\\');
    let mut decoded = Vec::with_capacity(units.len());
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        if *unit != backslash {
            decoded.push(*unit);
            at += 1;
            continue;
        }
        let escape = units
            .get(at + 1)
            .copied()
            .and_then(|unit| u8::try_from(unit).ok());
        let (value, length) = match escape {
            Some(b'u') => (hexadecimal(&units, at + 2, 4, 16), 6),
            Some(b'0'..=b'9') => (hexadecimal(&units, at + 1, 3, 8), 4),
            Some(escape) => (plain_escape(escape), 2),
            None => (None, 2),
        };
        decoded.push(value.ok_or_else(|| failed(at + 1))?);
        at += length;
    }
    of_units(&decoded)
}

fn plain_escape(escape: u8) -> Option<u16> {
    Some(match escape {
        b't' => 9,
        b'r' => 13,
        b'n' => 10,
        b'b' => 8,
        b'f' => 12,
        b'#' | b'=' | b':' | b'"' | b'\\' => escape.into(),
        _ => return None,
    })
}

fn hexadecimal(units: &[u16], start: usize, length: usize, base: u32) -> Option<u16> {
    let digits = String::from_utf16(units.get(start..start + length)?).ok()?;
    u16::from_str_radix(&digits, base).ok()
}

/// A digest of a digest, so many times.
fn digest(values: &[SqlValue]) -> Outcome {
    let (algorithm, SqlValue::Binary(bytes)) = (text(values, 0), &values[1]) else {
        return Ok(SqlValue::Null);
    };
    if !algorithm.eq_ignore_ascii_case("SHA256") {
        return Err(units::invalid(algorithm, "algorithm"));
    }
    let mut bytes = bytes.clone();
    for _ in 0..count(values, 2).min(MOST_ROUNDS) {
        bytes = ring::digest::digest(&ring::digest::SHA256, &bytes)
            .as_ref()
            .to_vec();
    }
    Ok(SqlValue::Binary(bytes))
}

/// An error that a statement asks for.
fn signal(sql_state: &str, message: &str) -> SqlError {
    let is_state = |sign: char| sign.is_ascii_digit() || sign.is_ascii_uppercase();
    if sql_state.len() != 5 || sql_state.starts_with("00") || !sql_state.chars().all(is_state) {
        return units::invalid(sql_state, "SQLSTATE");
    }
    SqlError::parse(0, message)
}

/// Java's hash of the text, within so many buckets.
fn hash(values: &[SqlValue]) -> Outcome {
    let number = |index: usize| match values.get(index) {
        Some(SqlValue::Int(number)) => *number,
        _ => 0,
    };
    let mut hash = java::string_hash(text(values, 0));
    let (buckets, seed) = (number(1), number(2));
    if seed != 0 {
        hash = hash.wrapping_mul(seed.wrapping_mul(17));
    }
    if buckets > 0 {
        hash %= buckets;
    }
    Ok(SqlValue::BigInt(hash.into()))
}

/// The code of a sound: the first letter and three digits.
fn soundex(text: &str) -> String {
    const GROUPS: [(&str, char); 6] = [
        ("BFPV", '1'),
        ("CGJKQSXZ", '2'),
        ("DT", '3'),
        ("L", '4'),
        ("MN", '5'),
        ("R", '6'),
    ];
    let digit = |letter: char| {
        let group = GROUPS
            .iter()
            .find(|(letters, _)| letters.contains(letter.to_ascii_uppercase()));
        group.map(|(_, digit)| *digit)
    };
    let mut code = String::new();
    let mut last = None;
    for letter in text.chars().filter(char::is_ascii_alphabetic) {
        let found = digit(letter);
        if code.is_empty() {
            code.push(letter);
        } else if let Some(digit) = found.filter(|_| found != last) {
            code.push(digit);
        }
        if !"HWhw".contains(letter) {
            last = found;
        }
        if code.len() == 4 {
            break;
        }
    }
    format!("{code:0<4}")
}
