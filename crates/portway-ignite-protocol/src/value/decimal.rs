//! Decimal numbers of any size.

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::java;

const SIGN: u8 = 0x80;

/// A decimal number: an integer of any size and the number of its digits after the point.
///
/// On the wire: scale i32, length i32, magnitude in big-endian bytes with the sign in the top bit.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    scale: i32,
    negative: bool,
    /// Big-endian, without leading zeros.
    magnitude: Vec<u8>,
}

impl Decimal {
    /// The number `unscaled` times ten to the power of minus `scale`.
    pub fn new(unscaled: i128, scale: i32) -> Self {
        Self::from_parts(unscaled < 0, &unscaled.unsigned_abs().to_be_bytes(), scale)
    }

    /// The number with a sign, a magnitude in big-endian bytes and a scale.
    pub fn from_parts(negative: bool, magnitude: &[u8], scale: i32) -> Self {
        let leading_zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
        let magnitude = magnitude[leading_zeros..].to_vec();
        Self {
            scale,
            negative: negative && !magnitude.is_empty(),
            magnitude,
        }
    }

    /// The number of digits after the point; negative for trailing zeros before it.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The integer's size in big-endian bytes, without leading zeros.
    pub fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }

    /// The integer, if 128 bits hold it.
    pub fn unscaled(&self) -> Option<i128> {
        if self.magnitude.len() > size_of::<i128>() {
            return None;
        }
        let fold = |sum: u128, byte: &u8| sum << 8 | u128::from(*byte);
        let size = self.magnitude.iter().fold(0, fold);
        if self.negative {
            0_i128.checked_sub_unsigned(size)
        } else {
            i128::try_from(size).ok()
        }
    }

    /// The hash code of the Java `BigDecimal`.
    pub fn java_hash(&self) -> i32 {
        java::decimal_hash(self.scale, self.negative, &self.magnitude)
    }

    /// Whether the magnitude needs a byte of its own for the sign.
    fn needs_sign_byte(&self) -> bool {
        self.magnitude.first().is_none_or(|first| first & SIGN != 0)
    }
}

impl Layout for Decimal {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        let sign = if self.negative { SIGN } else { 0 };
        writer.i32(self.scale);
        writer.count(self.magnitude.len() + usize::from(self.needs_sign_byte()));
        match self.magnitude.split_first() {
            Some((first, rest)) if !self.needs_sign_byte() => {
                writer.u8(first | sign);
                writer.bytes(rest);
            }
            _ => {
                writer.u8(sign);
                writer.bytes(&self.magnitude);
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let scale = reader.i32()?;
        let length = reader.length()?;
        let mut magnitude = reader.take(length)?.to_vec();
        let Some(first) = magnitude.first_mut() else {
            return Ok(Self::new(0, scale));
        };
        let negative = *first & SIGN != 0;
        *first &= !SIGN;
        Ok(Self::from_parts(negative, &magnitude, scale))
    }
}
