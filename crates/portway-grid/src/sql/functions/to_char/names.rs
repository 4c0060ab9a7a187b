//! The names of months and days, in English, and numbers in Roman digits.

pub(in crate::sql::functions) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Beginning with Sunday.
pub(in crate::sql::functions) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The short form of a month's or day's name.
pub(in crate::sql::functions) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// What is behind a name at the start of a text, in any case.
pub(in crate::sql::functions) fn behind<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(rest)
}

const ROMAN: [(u32, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

/// More than this many are as good as any number: a statement must not fill the memory.
const LARGEST_ROMAN: u32 = 1 << 20;

/// A number in Roman digits; nothing for zero.
pub(super) fn roman(number: u32) -> String {
    let mut rest = number.min(LARGEST_ROMAN);
    let mut text = String::new();
    for (value, digits) in ROMAN {
        while rest >= value {
            text.push_str(digits);
            rest -= value;
        }
    }
    text
}
