//! Decimal numbers as text, in the form of Java's `BigDecimal.toString`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Decimal;

/// A longer number is shown as its size: turning it into digits takes quadratic time.
const SHOWN_BYTES: usize = 4096;

/// A longer text is refused, for the same reason.
const PARSED_CHARACTERS: usize = 10_000;

/// So many decimal digits fit into a word.
const DIGITS: usize = 9;
const TEN_TO_DIGITS: u64 = 1_000_000_000;

/// Why a text is no decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseDecimalError {
    /// A character that does not belong there, or no digit at all.
    #[error("a decimal is digits with a sign, a point and an exponent, such as -12.50 or 1E+3")]
    Malformed,
    /// More characters than are read.
    #[error("a decimal of more than {PARSED_CHARACTERS} characters is not read")]
    TooLong,
    /// The exponent does not fit into 32 bits.
    #[error("the exponent of a decimal is out of range")]
    Exponent,
}

impl Decimal {
    /// Whether it is shown as its digits, and not as its size.
    pub(crate) fn has_text(&self) -> bool {
        self.magnitude().len() <= SHOWN_BYTES
    }
}

/// Plain where that is short, with an exponent otherwise: `12.50`, `-0.001`, `1E+10`.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_text() {
            let bytes = self.magnitude().len();
            return write!(formatter, "a decimal of {bytes} bytes");
        }
        let digits = digits(self.magnitude());
        if self.is_negative() {
            formatter.write_str("-")?;
        }
        let scale = i64::from(self.scale());
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        // The exponent of the first digit.
        let exponent = length - 1 - scale;
        if scale >= 0 && exponent >= -6 {
            show_plain(&digits, scale, formatter)
        } else {
            show_scientific(&digits, exponent, formatter)
        }
    }
}

/// The number as it reads, not its bytes.
impl fmt::Debug for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Decimal({self})")
    }
}

fn show_plain(digits: &str, scale: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        return formatter.write_str(digits);
    }
    match digits.len().checked_sub(scale) {
        Some(whole) if whole > 0 => {
            let (whole, fraction) = digits.split_at(whole);
            write!(formatter, "{whole}.{fraction}")
        }
        _ => write!(formatter, "0.{digits:0>scale$}"),
    }
}

fn show_scientific(digits: &str, exponent: i64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (first, rest) = digits.split_at(1);
    formatter.write_str(first)?;
    if !rest.is_empty() {
        write!(formatter, ".{rest}")?;
    }
    match exponent {
        0 => Ok(()),
        exponent => write!(formatter, "E{exponent:+}"),
    }
}

/// The digits of a big-endian number.
fn digits(magnitude: &[u8]) -> String {
    let mut words: Vec<u32> = magnitude.rchunks(4).rev().map(word).collect();
    let mut groups = Vec::new();
    while !words.is_empty() {
        let mut remainder = 0_u64;
        for word in &mut words {
            let value = remainder << 32 | u64::from(*word);
            *word = u32::try_from(value / TEN_TO_DIGITS).unwrap_or(u32::MAX);
            remainder = value % TEN_TO_DIGITS;
        }
        groups.push(remainder);
        let zeros = words.iter().take_while(|word| **word == 0).count();
        words.drain(..zeros);
    }
    let Some(first) = groups.pop() else {
        return "0".to_owned();
    };
    let rest = groups.iter().rev().map(|group| format!("{group:0DIGITS$}"));
    first.to_string() + &rest.collect::<String>()
}

fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// Reads what `Display` shows, and what `BigDecimal` of Java reads.
impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        if text.len() > PARSED_CHARACTERS {
            return Err(ParseDecimalError::TooLong);
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let magnitude = parse_digits(&[whole, fraction].concat())?;
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX) - exponent;
        let scale = i32::try_from(scale).map_err(|_| ParseDecimalError::Exponent)?;
        Ok(Self::from_parts(negative, &magnitude, scale))
    }
}

fn parse_exponent(text: &str) -> Result<i64, ParseDecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseDecimalError::Malformed);
    }
    let exponent: i32 = text.parse().map_err(|_| ParseDecimalError::Exponent)?;
    Ok(exponent.into())
}

/// The big-endian number that has these digits.
fn parse_digits(digits: &str) -> Result<Vec<u8>, ParseDecimalError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseDecimalError::Malformed);
    }
    let mut words: Vec<u32> = Vec::new();
    for group in digits.as_bytes().chunks(DIGITS) {
        let value = group
            .iter()
            .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
        let factor = group.iter().fold(1, |factor, _| factor * 10);
        let carry = words.iter_mut().rev().fold(value, |carry, word| {
            let sum = u64::from(*word) * factor + carry;
            *word = low_half(sum);
            sum >> 32
        });
        if carry > 0 {
            words.insert(0, low_half(carry));
        }
    }
    Ok(words.iter().flat_map(|word| word.to_be_bytes()).collect())
}

fn low_half(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_shown_as_in_java() {
        let shown = |unscaled, scale| Decimal::new(unscaled, scale).to_string();
        assert_eq!(shown(0, 0), "0");
        assert_eq!(shown(0, 2), "0.00");
        assert_eq!(shown(-1250, 2), "-12.50");
        assert_eq!(shown(1, 6), "0.000001");
        assert_eq!(shown(1, 7), "1E-7");
        assert_eq!(shown(125, -3), "1.25E+5");
        assert_eq!(shown(i128::MAX, 0), i128::MAX.to_string());
        assert_eq!(format!("{:?}", Decimal::new(-1250, 2)), "Decimal(-12.50)");
        assert_eq!(
            shown(10_000_000_000_000_000_000, 1),
            "1000000000000000000.0"
        );
    }

    #[test]
    fn what_is_shown_is_read() {
        for (unscaled, scale) in [
            (0, 0),
            (0, 5),
            (-1250, 2),
            (1, 40),
            (7, -12),
            (i128::MIN, 9),
        ] {
            let decimal = Decimal::new(unscaled, scale);
            assert_eq!(decimal.to_string().parse(), Ok(decimal));
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1..2",
            "1e",
            "1e+",
            "x",
            "1 ",
            "--1",
            "1e99999999999",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert_eq!("+1.5".parse(), Ok(Decimal::new(15, 1)));
        assert_eq!(".5".parse(), Ok(Decimal::new(5, 1)));
    }

    #[test]
    fn an_endless_number_is_neither_shown_nor_read() {
        let long = Decimal::from_parts(false, &[255; 5000], 0);
        assert_eq!(long.to_string(), "a decimal of 5000 bytes");
        let error = "9".repeat(20_000).parse::<Decimal>();
        assert_eq!(error, Err(ParseDecimalError::TooLong));
    }
}
