//! The order in which Java's hash tables give their keys, which shows where a node sends a map.

use portway_ignite_protocol::java;

/// The bins that a new table of Java has.
const FIRST_BINS: u32 = 16;

/// Brings what a `HashMap` holds by the text `key`, put in the order given, into its order.
pub(crate) fn hash_map_order<T>(entries: &mut [T], key: impl Fn(&T) -> &str) {
    let mut bins = FIRST_BINS;
    while entries.len() > filled(bins) {
        bins = bins.saturating_mul(2);
    }
    // Those of one bin stay in the order in which they were put.
    entries.sort_by_key(|entry| bin(key(entry), bins));
}

/// How many bins a `ConcurrentHashMap` has with so many entries.
pub(crate) fn concurrent_bins(entries: usize) -> u32 {
    let mut bins = FIRST_BINS;
    while entries >= filled(bins) {
        bins = bins.saturating_mul(2);
    }
    bins
}

/// How many entries a table of so many bins takes before it grows.
fn filled(bins: u32) -> usize {
    (bins - bins / 4) as usize
}

/// The bin of a text in a table of so many.
pub(crate) fn bin(text: &str, bins: u32) -> u32 {
    let hash = java::string_hash(text).cast_unsigned();
    (hash ^ (hash >> 16)) & (bins - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(count: usize) -> Vec<String> {
        let letters = ['x', 'y', 'z'];
        let name = |number: usize| format!("Fld{}{}", letters[number % 3], number * 7);
        let mut names: Vec<String> = (0..count).map(name).collect();
        hash_map_order(&mut names, |name| name);
        names
    }

    #[test]
    fn a_hash_map_gives_its_keys_by_their_bins() {
        assert_eq!(ordered(5), ["Fldy7", "Fldy28", "Fldx0", "Fldz14", "Fldx21"]);
    }

    #[test]
    fn a_hash_map_of_more_than_twelve_keys_has_more_bins() {
        let twelve = ordered(12);
        assert_eq!(twelve[..3], ["Fldy70", "Fldy7", "Fldx63"]);
        let thirteen = ordered(13);
        assert_eq!(thirteen[..3], ["Fldy70", "Fldx84", "Fldx63"]);
        assert_eq!(thirteen[12], "Fldx0");
    }

    #[test]
    fn a_concurrent_map_grows_when_three_quarters_are_taken() {
        let bins = [11, 12, 23, 24].map(concurrent_bins);
        assert_eq!(bins, [16, 32, 32, 64]);
    }
}
