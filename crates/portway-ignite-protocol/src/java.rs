//! What Java computes from names and values: hash codes and ids.

use uuid::Uuid;

/// The hash code of a Java string.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, fold)
}

/// The id of a cache: the hash code of its exact name.
pub fn cache_id(name: &str) -> i32 {
    string_hash(name)
}

/// The id of a binary type: the hash code of its name in lower case.
pub fn type_id(name: &str) -> i32 {
    lower_case_hash(name)
}

/// The id of a binary field: the hash code of its name in lower case.
pub fn field_id(name: &str) -> i32 {
    lower_case_hash(name)
}

/// Each UTF-16 unit is lower-cased alone, as Java's `Character.toLowerCase(char)` does.
fn lower_case_hash(name: &str) -> i32 {
    name.encode_utf16().map(lower_case_unit).fold(0, fold)
}

fn fold(hash: i32, unit: u16) -> i32 {
    hash.wrapping_mul(31).wrapping_add(i32::from(unit))
}

fn lower_case_unit(unit: u16) -> u16 {
    let Some(character) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    // Java's mapping of one character keeps one character: of "İ" only the "i" stays.
    let lower = character.to_lowercase().next().unwrap_or(character);
    u16::try_from(u32::from(lower)).unwrap_or(unit)
}

/// The hash code of a Java `Boolean`.
pub fn bool_hash(value: bool) -> i32 {
    if value { 1231 } else { 1237 }
}

/// The hash code of a Java `Long`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "Java keeps the low half of the mixed bits"
)]
pub fn long_hash(value: i64) -> i32 {
    (value ^ (value.cast_unsigned() >> 32).cast_signed()) as i32
}

/// The hash code of a Java `Float`: its bits, with one bit pattern for all that are no number.
pub fn float_hash(value: f32) -> i32 {
    let canonical = if value.is_nan() { f32::NAN } else { value };
    canonical.to_bits().cast_signed()
}

/// The hash code of a Java `Double`: that of its bits as a long.
pub fn double_hash(value: f64) -> i32 {
    let canonical = if value.is_nan() { f64::NAN } else { value };
    long_hash(canonical.to_bits().cast_signed())
}

/// The hash code of a Java `UUID`.
pub fn uuid_hash(value: Uuid) -> i32 {
    let (most_significant, least_significant) = value.as_u64_pair();
    long_hash((most_significant ^ least_significant).cast_signed())
}

/// The hash code that Ignite gives to bytes: that of a Java byte array.
pub fn bytes_hash(bytes: &[u8]) -> i32 {
    bytes.iter().fold(1, |hash, byte| {
        hash.wrapping_mul(31)
            .wrapping_add(i32::from(byte.cast_signed()))
    })
}

/// The hash code of a binary enum: its ordinal's four bytes, masked but not shifted.
pub fn enum_hash(ordinal: i32) -> i32 {
    [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000_u32.cast_signed()]
        .into_iter()
        .fold(1, |hash: i32, mask| {
            hash.wrapping_mul(31).wrapping_add(ordinal & mask)
        })
}

/// The hash code of a Java `BigDecimal`, from its scale and the magnitude in big-endian bytes.
pub fn decimal_hash(scale: i32, negative: bool, magnitude: &[u8]) -> i32 {
    let integer = magnitude_hash(magnitude);
    let signed = if negative {
        integer.wrapping_neg()
    } else {
        integer
    };
    signed.wrapping_mul(31).wrapping_add(scale)
}

/// The hash code of a positive Java `BigInteger`: its 32-bit words, the highest first.
fn magnitude_hash(magnitude: &[u8]) -> i32 {
    magnitude.rchunks(4).rev().fold(0, |hash: i32, word| {
        let value = word
            .iter()
            .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
        hash.wrapping_mul(31).wrapping_add(value.cast_signed())
    })
}

/// The id of a schema: a Fowler-Noll-Vo hash over the bytes of its field ids. No fields have the
/// id zero.
pub const fn schema_id(field_ids: &[i32]) -> i32 {
    const BASIS: u32 = 0x811C_9DC5;
    const PRIME: u32 = 0x0100_0193;
    if field_ids.is_empty() {
        return 0;
    }
    let mut hash = BASIS;
    let mut index = 0;
    // A loop of the kind that the compiler can run for constants.
    while index < size_of_val(field_ids) {
        let byte = field_ids[index / 4].to_le_bytes()[index % 4];
        hash = (hash ^ byte as u32).wrapping_mul(PRIME);
        index += 1;
    }
    hash.cast_signed()
}
