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

/// Where the simple name of a class begins in its full name: behind its package and the classes
/// around it. An anonymous class (`Outer$1`) keeps the class around it.
pub(crate) const fn simple_name_start(class: &[u8]) -> usize {
    if let Some(start) = start_behind_last(class, b'$')
        && start < class.len()
        && !is_number(class, start)
    {
        return start;
    }
    if let Some(start) = start_behind_last(class, b'+') {
        return start;
    }
    match start_behind_last(class, b'.') {
        Some(start) => start,
        None => 0,
    }
}

const fn start_behind_last(name: &[u8], byte: u8) -> Option<usize> {
    let mut start = name.len();
    while start > 0 {
        if name[start - 1] == byte {
            return Some(start);
        }
        start -= 1;
    }
    None
}

const fn is_number(name: &[u8], start: usize) -> bool {
    let mut index = start;
    while index < name.len() && name[index].is_ascii_digit() {
        index += 1;
    }
    index == name.len()
}

/// Whether two names differ in nothing but upper and lower case.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    let one = one.encode_utf16().map(lower_case_unit);
    one.eq(other.encode_utf16().map(lower_case_unit))
}

/// Each UTF-16 unit is lower-cased alone, as Java's `Character.toLowerCase(char)` does.
fn lower_case_hash(name: &str) -> i32 {
    name.encode_utf16().map(lower_case_unit).fold(0, fold)
}

fn fold(hash: i32, unit: u16) -> i32 {
    hash.wrapping_mul(31).wrapping_add(i32::from(unit))
}

fn lower_case_unit(unit: u16) -> u16 {
    // Nearly all names are ASCII, and the tables of Unicode are far away.
    if let Ok(letter @ ..=0x7f) = u8::try_from(unit) {
        return u16::from(letter.to_ascii_lowercase());
    }
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
    const POWERS: [i32; 5] = [1, 31, 31 * 31, 31 * 31 * 31, 31 * 31 * 31 * 31];
    let (fours, rest) = bytes.as_chunks::<4>();
    // Four bytes at once: their products do not wait for one another.
    let hash = fours.iter().fold(1_i32, |hash, four| {
        let [first, second, third, fourth] = four.map(|byte| i32::from(byte.cast_signed()));
        hash.wrapping_mul(POWERS[4])
            .wrapping_add(first * POWERS[3] + second * POWERS[2] + third * POWERS[1] + fourth)
    });
    rest.iter().fold(hash, |hash, byte| {
        hash.wrapping_mul(31)
            .wrapping_add(i32::from(byte.cast_signed()))
    })
}

/// The hash code of a member of an enumeration, as servers compute it for keys.
pub fn enum_hash(type_id: i32, ordinal: i32) -> i32 {
    type_id.wrapping_mul(31).wrapping_add(ordinal)
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

/// The id of a schema: a Fowler-Noll-Vo hash over the bytes of its field ids.
pub const fn schema_id(field_ids: &[i32]) -> i32 {
    const BASIS: u32 = 0x811C_9DC5;
    const PRIME: u32 = 0x0100_0193;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_hashes_as_in_java() {
        assert_eq!(string_hash(""), 0);
        assert_eq!(string_hash("hello"), 99_162_322);
        assert_eq!(string_hash("polygenelubricants"), i32::MIN);
        assert_eq!(string_hash("\u{1F600}"), 1_772_899);
    }

    #[test]
    fn ids_do_not_tell_upper_from_lower_case() {
        assert_eq!(type_id("com.example.Person"), type_id("COM.EXAMPLE.PERSON"));
        assert_eq!(field_id("name"), 3_373_707);
        assert_eq!(field_id("ÄÖ"), field_id("äö"));
        assert_ne!(cache_id("people"), cache_id("PEOPLE"));
    }

    #[test]
    fn simple_names_are_cut_as_in_java() {
        let simple = |class: &'static str| &class[simple_name_start(class.as_bytes())..];
        assert_eq!(simple("com.example.Person"), "Person");
        assert_eq!(simple("com.example.Person$Address"), "Address");
        assert_eq!(simple("com.example.Person$1"), "Person$1");
        assert_eq!(simple("com.example.Scala$"), "Scala$");
        assert_eq!(simple("Example.Person+Address"), "Address");
        assert_eq!(simple("Person"), "Person");
    }

    #[test]
    fn numbers_hash_as_in_java() {
        assert_eq!(long_hash(1), 1);
        assert_eq!(long_hash(-1), 0);
        assert_eq!(long_hash(1 << 32), 1);
        assert_eq!(float_hash(1.5), 0x3FC0_0000);
        assert_eq!(float_hash(-f32::NAN), 0x7FC0_0000);
        assert_eq!(double_hash(1.0), 0x3FF0_0000);
        assert_eq!((bool_hash(true), bool_hash(false)), (1231, 1237));
    }

    #[test]
    fn a_uuid_hashes_as_in_java() {
        let uuid = Uuid::from_u64_pair(0x0000_0001_0000_0002, 0x0000_0004_0000_0008);
        assert_eq!(uuid_hash(uuid), 1 ^ 2 ^ 4 ^ 8);
    }

    #[test]
    fn a_decimal_hashes_as_in_java() {
        // new BigDecimal("2.55").hashCode() and new BigDecimal("-2.55").hashCode()
        assert_eq!(decimal_hash(2, false, &[255]), 255 * 31 + 2);
        assert_eq!(decimal_hash(2, true, &[255]), -255 * 31 + 2);
        assert_eq!(decimal_hash(0, false, &[1, 0, 0, 0, 0]), 31 * 31);
    }

    #[test]
    fn bytes_hash_as_a_java_array() {
        assert_eq!(bytes_hash(&[]), 1);
        assert_eq!(bytes_hash(&[1, 255]), (31 + 1) * 31 - 1);
        let bytes: Vec<u8> = (0..=255).collect();
        let one_by_one = |hash: i32, byte: &u8| {
            hash.wrapping_mul(31)
                .wrapping_add(i32::from(byte.cast_signed()))
        };
        for length in 0..bytes.len() {
            let expected = bytes[..length].iter().fold(1, one_by_one);
            assert_eq!(bytes_hash(&bytes[..length]), expected);
        }
    }

    #[test]
    fn a_schema_has_the_id_that_its_fields_give() {
        assert_eq!(schema_id(&[]), 0x811C_9DC5_u32.cast_signed());
        // Accepted and given back by a server of Apache Ignite 2.17.
        assert_eq!(
            schema_id(&[field_id("name"), field_id("age"), field_id("email")]),
            786_675_977
        );
        assert_ne!(schema_id(&[1, 2]), schema_id(&[2, 1]));
    }
}
