//! Pictures of numbers: `9,999.00`, with a place for each digit and for the sign.

use bigdecimal::num_bigint::Sign;
use bigdecimal::num_traits::Signed;
use bigdecimal::{BigDecimal, RoundingMode};

use super::numbers::{exponent, normalized, with_scale_at_least_zero};
use super::{invalid_format, right_aligned};
use crate::sql::error::SqlError;

/// The sign of money, where a locale has none of its own.
const CURRENCY_SIGN: &str = "$";
const CURRENCY_CODE: &str = "USD";
/// How wide Oracle makes the places of `C` and of `L`.
const CODE_WIDTH: usize = 6;
const SIGN_WIDTH: usize = 9;

/// Where the sign stands.
#[derive(Clone, Copy, PartialEq)]
enum SignPlace {
    Before { of_positive: bool },
    Behind { of_positive: bool },
    Brackets,
}

/// A format, taken apart.
pub(super) struct Picture<'a> {
    original: &'a str,
    places: Vec<char>,
    /// Where the point stands in `places`, or their end.
    point: usize,
    sign: SignPlace,
    /// By how many digits `V` multiplies.
    shift: i64,
    has_exponent: bool,
    /// Whether blanks are kept.
    fills: bool,
}

impl<'a> Picture<'a> {
    pub(super) fn new(original: &'a str) -> Result<Self, SqlError> {
        let (sign, rest) = sign_of(original);
        let (shift, rest) = shift_of(rest);
        let (has_exponent, rest) = match rest.strip_suffix("EEEE") {
            Some(rest) => (true, rest.to_owned()),
            None => (false, rest),
        };
        let is_trimmed = rest
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("FM"));
        let rest = if is_trimmed { &rest[2..] } else { &rest };
        let mut places: Vec<char> = rest
            .chars()
            .filter(|place| !"Bb".contains(*place))
            .collect();
        let point = point_of(&places);
        if let Some(zero) = places.iter().position(|place| *place == '0') {
            // A nine behind a zero counts as one.
            for place in places.iter_mut().take(point).skip(zero) {
                *place = if *place == '9' { '0' } else { *place };
            }
        }
        Ok(Self {
            original,
            places,
            point,
            sign,
            shift,
            has_exponent,
            fills: !is_trimmed,
        })
    }

    pub(super) fn write(&self, number: &BigDecimal) -> Result<String, SqlError> {
        let (unscaled, scale) = number.as_bigint_and_exponent();
        let number = with_scale_at_least_zero(unscaled, scale - self.shift);
        let (power, number) = match self.has_exponent {
            true => normalized(&number),
            false => (0, number),
        };
        let number = self.rounded(number);
        let (digits, scale) = digits_of(&number);
        let whole = digits.len().saturating_sub(scale);
        let Some((mut text, mut width)) = self.before_point(&digits[..whole])? else {
            return Ok("#".repeat(self.places.len() + 1));
        };
        self.behind_point(&digits[whole..], &mut text)?;
        width += self.places.len() - self.point;
        self.add_sign(&mut text, number.sign());
        if self.has_exponent {
            text.push_str(&exponent(power));
        }
        Ok(match (self.fills, self.has_exponent) {
            (true, true) => format!(" {text}"),
            (true, false) => right_aligned(&text, width, ' '),
            (false, _) => text,
        })
    }

    fn rounded(&self, number: BigDecimal) -> BigDecimal {
        let is_digit = |place: &&char| matches!(place, '0' | '9');
        let places = self.places[self.point..].iter().filter(is_digit).count();
        let wanted = i64::try_from(places).unwrap_or(i64::MAX);
        let (_, scale) = number.as_bigint_and_exponent();
        match wanted < scale {
            true => number.with_scale_round(wanted, RoundingMode::HalfUp),
            false => number,
        }
    }

    /// What stands before the point and how wide it may be; `None` where it has too few places.
    fn before_point(&self, digits: &[char]) -> Result<Option<(String, usize)>, SqlError> {
        let mut rest = digits.iter().rev();
        let mut pieces: Vec<String> = Vec::new();
        let mut width = 1;
        for (index, place) in self.places[..self.point].iter().enumerate().rev() {
            width += 1;
            match place {
                '9' | '0' => match rest.next() {
                    Some(digit) => pieces.push(digit.to_string()),
                    None if *place == '0' && !self.has_exponent => pieces.push("0".to_owned()),
                    None => {}
                },
                ',' | 'G' | 'g' => {
                    let before = index.checked_sub(1).map(|before| self.places[before]);
                    if rest.len() > 0 || before == Some('0') {
                        pieces.push(",".to_owned());
                    }
                }
                'C' | 'c' => {
                    pieces.push(CURRENCY_CODE.to_owned());
                    width += CODE_WIDTH;
                }
                'L' | 'l' | 'U' | 'u' => {
                    pieces.push(CURRENCY_SIGN.to_owned());
                    width += SIGN_WIDTH;
                }
                '$' => pieces.push(CURRENCY_SIGN.to_owned()),
                _ => return Err(invalid_format(self.original)),
            }
        }
        let text = pieces.into_iter().rev().collect();
        Ok((rest.len() == 0).then_some((text, width)))
    }

    fn behind_point(&self, digits: &[char], text: &mut String) -> Result<(), SqlError> {
        let Some((point, places)) = self.places[self.point..].split_first() else {
            return Ok(());
        };
        text.push(if "dD".contains(*point) { '.' } else { *point });
        let mut digits = digits.iter();
        for place in places {
            match (place, digits.next()) {
                ('9' | '0', Some(digit)) => text.push(*digit),
                ('0', None) => text.push('0'),
                ('9', None) if self.fills => text.push('0'),
                ('9', None) => {}
                _ => return Err(invalid_format(self.original)),
            }
        }
        Ok(())
    }

    fn add_sign(&self, text: &mut String, sign: Sign) {
        match (self.sign, sign) {
            (SignPlace::Brackets, Sign::Minus) => *text = format!("<{text}>"),
            (SignPlace::Brackets, _) if self.fills => *text = format!(" {text} "),
            (SignPlace::Brackets, _) | (_, Sign::NoSign) => {}
            (SignPlace::Before { .. }, Sign::Minus) => text.insert(0, '-'),
            (SignPlace::Behind { .. }, Sign::Minus) => text.push('-'),
            (SignPlace::Before { of_positive: true }, Sign::Plus) => text.insert(0, '+'),
            (SignPlace::Behind { of_positive: true }, Sign::Plus) => text.push('+'),
            (SignPlace::Before { .. }, Sign::Plus) if self.fills => text.insert(0, ' '),
            (SignPlace::Behind { .. }, Sign::Plus) if self.fills => text.push(' '),
            (_, Sign::Plus) => {}
        }
    }
}

/// Where a format puts the sign, and the format without that.
fn sign_of(format: &str) -> (SignPlace, &str) {
    let ends_with = |end: &str| {
        let start = format.len().checked_sub(end.len())?;
        let found = format.get(start..)?.eq_ignore_ascii_case(end);
        found.then(|| &format[..start])
    };
    if let Some(rest) = format.strip_prefix(['S', 's']) {
        return (SignPlace::Before { of_positive: true }, rest);
    }
    if let Some(rest) = ends_with("S") {
        return (SignPlace::Behind { of_positive: true }, rest);
    }
    if let Some(rest) = ends_with("MI") {
        return (SignPlace::Behind { of_positive: false }, rest);
    }
    match ends_with("PR") {
        Some(rest) => (SignPlace::Brackets, rest),
        None => (SignPlace::Before { of_positive: false }, format),
    }
}

/// The number of digits behind a `V`, and the format without that letter.
fn shift_of(format: &str) -> (i64, String) {
    let Some((before, behind)) = format.split_once(['V', 'v']) else {
        return (0, format.to_owned());
    };
    let digits = behind.chars().filter(|place| "09".contains(*place)).count();
    let shift = i64::try_from(digits).unwrap_or(i64::MAX);
    (shift, format!("{before}{behind}"))
}

fn point_of(places: &[char]) -> usize {
    let find = |wanted: char| places.iter().position(|place| *place == wanted);
    let found = find('.').or_else(|| find('D')).or_else(|| find('d'));
    found.unwrap_or(places.len())
}

/// All digits of a number without its sign, and how many of them are behind the point.
fn digits_of(number: &BigDecimal) -> (Vec<char>, usize) {
    let (unscaled, scale) = number.as_bigint_and_exponent();
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = unscaled.abs().to_string();
    // At least one digit before the point where the number is nothing but zeros behind it.
    let width = if unscaled.sign() == Sign::NoSign {
        scale + 1
    } else {
        scale
    };
    let digits = right_aligned(&digits, width, '0');
    (digits.chars().collect(), scale)
}
