//! Numbers and ranges of them, as `7`, `"2-5"` and `"0,2-3"`.

use std::{collections::BTreeSet, ops::RangeInclusive};

use jsonc_parser::ast::Value;

use super::{
    entries::{number, text},
    report::Report,
};

/// Adds what a value names to `numbers`; reports it where it is no range up to `greatest`.
pub(super) fn collect(
    key: &str,
    value: &Value<'_>,
    greatest: u64,
    numbers: &mut BTreeSet<u32>,
    report: &mut Report<'_>,
) {
    if let Some(number) = number(value).filter(|number| *number <= greatest) {
        numbers.extend(u32::try_from(number));
    } else if let Some(found) = text(value).and_then(|text| parse(text.value, greatest)) {
        numbers.extend(found.into_iter().flatten());
    } else {
        let legal = format!("numbers up to {greatest} and ranges like `\"2-5\"` or `\"0,2-3\"`");
        report.wrong_value(key, value, &legal);
    }
}

fn parse(text: &str, greatest: u64) -> Option<Vec<RangeInclusive<u32>>> {
    text.split(',').map(|part| range(part, greatest)).collect()
}

fn range(text: &str, greatest: u64) -> Option<RangeInclusive<u32>> {
    let number = |digits: &str| {
        let digits = digits.trim();
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| plain)?;
        (u64::from(number) <= greatest).then_some(number)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_numbers_and_ranges() {
        assert_eq!(parse("10-14,16", 99), Some(vec![10..=14, 16..=16]));
        assert_eq!(parse(" 1 - 2 , 4 ", 99), Some(vec![1..=2, 4..=4]));
    }

    #[test]
    fn what_is_backwards_empty_or_too_large_is_no_range() {
        for text in ["", "2-1", "1-", "-1", "a", "1 2", "+1", "100", "1,,2"] {
            assert_eq!(parse(text, 99), None, "{text}");
        }
    }
}
