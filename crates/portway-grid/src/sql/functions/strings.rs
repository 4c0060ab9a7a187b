//! Functions of text. Positions count from one, in UTF-16 units as Java does where a character has
//! two; here in characters, which differ only beyond the basic plane.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::{Function, each, up_to};
use crate::sql::error::{SqlError, code};
use crate::sql::text::{from_hex, hex};
use crate::sql::types::SqlType::{BigInt, Binary, Boolean, Int, Varchar};
use crate::sql::value::SqlValue;

type Outcome = Result<SqlValue, SqlError>;

/// The longest text that a function makes: a statement must not fill the memory.
const LONGEST: usize = 16 << 20;

pub(super) fn all() -> Vec<Function> {
    let mut functions = cases_and_lengths();
    functions.extend(parts());
    functions.extend(searches());
    functions.extend(codes());
    functions
}

fn cases_and_lengths() -> Vec<Function> {
    let one = |name, body| Function::new(name, each(&[Varchar]), Varchar, body);
    let upper = |values: &[SqlValue]| made(text(values, 0).to_uppercase());
    let lower = |values: &[SqlValue]| made(text(values, 0).to_lowercase());
    let long = |name, body| Function::new(name, each(&[Varchar]), BigInt, body);
    let length = |values: &[SqlValue]| long_of(text(values, 0).encode_utf16().count());
    vec![
        one("UPPER", upper),
        one("UCASE", upper),
        one("LOWER", lower),
        one("LCASE", lower),
        long("LENGTH", length),
        long("CHAR_LENGTH", length),
        long("CHARACTER_LENGTH", length),
        long("OCTET_LENGTH", |values| {
            long_of(text(values, 0).encode_utf16().count() * 2)
        }),
        long("BIT_LENGTH", |values| {
            long_of(text(values, 0).encode_utf16().count() * 16)
        }),
    ]
}

fn parts() -> Vec<Function> {
    let three = || up_to(&[Varchar, Int, Int], 2);
    let trim = || up_to(&[Varchar, Varchar], 1);
    let pad = || up_to(&[Varchar, Int, Varchar], 2);
    vec![
        Function::new("SUBSTRING", three(), Varchar, substring),
        Function::new("SUBSTR", three(), Varchar, substring),
        Function::new("LEFT", each(&[Varchar, Int]), Varchar, |values| {
            made(text(values, 0).chars().take(count(values, 1)).collect())
        }),
        Function::new("RIGHT", each(&[Varchar, Int]), Varchar, |values| {
            let skipped = text(values, 0)
                .chars()
                .count()
                .saturating_sub(count(values, 1));
            made(text(values, 0).chars().skip(skipped).collect())
        }),
        Function::new("TRIM", trim(), Varchar, |values| {
            let trimmed = text(values, 0).trim_matches(pad_of(values, 1));
            made(trimmed.to_owned())
        }),
        Function::new("LTRIM", trim(), Varchar, |values| {
            made(
                text(values, 0)
                    .trim_start_matches(pad_of(values, 1))
                    .to_owned(),
            )
        }),
        Function::new("RTRIM", trim(), Varchar, |values| {
            made(
                text(values, 0)
                    .trim_end_matches(pad_of(values, 1))
                    .to_owned(),
            )
        }),
        Function::new("LPAD", pad(), Varchar, |values| padded(values, true)),
        Function::new("RPAD", pad(), Varchar, |values| padded(values, false)),
        Function::new("REPEAT", each(&[Varchar, Int]), Varchar, |values| {
            let count = count(values, 1).min(LONGEST / text(values, 0).len().max(1));
            made(text(values, 0).repeat(count))
        }),
        Function::new("SPACE", each(&[Int]), Varchar, |values| {
            made(" ".repeat(count(values, 0).min(LONGEST)))
        }),
        Function::new(
            "INSERT",
            each(&[Varchar, Int, Int, Varchar]),
            Varchar,
            |values| {
                let (start, length) = (count(values, 1).saturating_sub(1), count(values, 2));
                let head: String = text(values, 0).chars().take(start).collect();
                let tail: String = text(values, 0).chars().skip(start + length).collect();
                made(head + text(values, 3) + &tail)
            },
        ),
    ]
}

fn searches() -> Vec<Function> {
    let find = || up_to(&[Varchar, Varchar, Int], 2);
    vec![
        Function::new("LOCATE", find(), Int, |values| locate(values, 0, 1)),
        Function::new("CHARINDEX", find(), Int, |values| locate(values, 0, 1)),
        Function::new("POSITION", find(), Int, |values| locate(values, 0, 1)),
        Function::new("INSTR", find(), Int, |values| locate(values, 1, 0)),
        Function::new(
            "REPLACE",
            up_to(&[Varchar, Varchar, Varchar], 2),
            Varchar,
            |values| match text(values, 1) {
                "" => made(text(values, 0).to_owned()),
                old => made(text(values, 0).replace(old, text(values, 2))),
            },
        ),
        Function::new(
            "TRANSLATE",
            each(&[Varchar, Varchar, Varchar]),
            Varchar,
            translate,
        ),
        Function::new(
            "REGEXP_LIKE",
            up_to(&[Varchar, Varchar, Varchar], 2),
            Boolean,
            |values| {
                let pattern = pattern(text(values, 1), text(values, 2))?;
                Ok(SqlValue::Boolean(pattern.is_match(text(values, 0))))
            },
        ),
        Function::new(
            "REGEXP_REPLACE",
            up_to(&[Varchar, Varchar, Varchar, Varchar], 3),
            Varchar,
            replace_pattern,
        ),
    ]
}

fn codes() -> Vec<Function> {
    vec![
        Function::new("ASCII", each(&[Varchar]), Int, |values| {
            let first = text(values, 0).encode_utf16().next();
            Ok(first.map_or(SqlValue::Null, |unit| SqlValue::Int(i32::from(unit))))
        }),
        Function::new("CHAR", each(&[Int]), Varchar, character),
        Function::new("CHR", each(&[Int]), Varchar, character),
        Function::new("HEXTORAW", each(&[Varchar]), Varchar, |values| {
            let bytes = from_hex(text(values, 0)).unwrap_or_default();
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            made(String::from_utf16_lossy(&units.collect::<Vec<u16>>()))
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
        Function::new("SOUNDEX", each(&[Varchar]), Varchar, |values| {
            made(soundex(text(values, 0)))
        }),
        Function::new("DIFFERENCE", each(&[Varchar, Varchar]), Int, |values| {
            let (a, b) = (soundex(text(values, 0)), soundex(text(values, 1)));
            let same = a.bytes().zip(b.bytes()).filter(|(a, b)| a == b).count();
            Ok(SqlValue::Int(i32::try_from(same).unwrap_or(0)))
        }),
        Function::new(
            "QUOTE_HEX",
            each(&[Binary]),
            Varchar,
            |values| match &values[0] {
                SqlValue::Binary(bytes) => made(hex(bytes)),
                _ => Ok(SqlValue::Null),
            },
        ),
    ]
}

fn text(values: &[SqlValue], index: usize) -> &str {
    match values.get(index) {
        Some(SqlValue::Varchar(text)) => text,
        _ => "",
    }
}

fn count(values: &[SqlValue], index: usize) -> usize {
    match values.get(index) {
        Some(SqlValue::Int(number)) => usize::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

fn made(text: String) -> Outcome {
    Ok(SqlValue::Varchar(text))
}

fn long_of(number: usize) -> Outcome {
    Ok(SqlValue::BigInt(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn pad_of(values: &[SqlValue], index: usize) -> char {
    text(values, index).chars().next().unwrap_or(' ')
}

fn substring(values: &[SqlValue]) -> Outcome {
    let length = text(values, 0).chars().count();
    let start = match values.get(1) {
        Some(SqlValue::Int(start)) if *start < 0 => {
            length.saturating_sub(start.unsigned_abs() as usize)
        }
        _ => count(values, 1).saturating_sub(1),
    };
    let wanted = if values.len() > 2 {
        count(values, 2)
    } else {
        length
    };
    made(text(values, 0).chars().skip(start).take(wanted).collect())
}

fn padded(values: &[SqlValue], on_the_left: bool) -> Outcome {
    let wanted = count(values, 1).min(LONGEST);
    let length = text(values, 0).chars().count();
    if wanted <= length {
        return made(text(values, 0).chars().take(wanted).collect());
    }
    let pad = std::iter::repeat_n(pad_of(values, 2), wanted - length);
    made(if on_the_left {
        pad.chain(text(values, 0).chars()).collect()
    } else {
        text(values, 0).chars().chain(pad).collect()
    })
}

fn locate(values: &[SqlValue], needle: usize, hay: usize) -> Outcome {
    let start = count(values, 2).saturating_sub(1);
    let hay: Vec<char> = text(values, hay).chars().collect();
    let needle: Vec<char> = text(values, needle).chars().collect();
    let found = (start..=hay.len().saturating_sub(needle.len()))
        .find(|position| hay[*position..].starts_with(&needle));
    let position = found.map_or(0, |found| found + 1);
    Ok(SqlValue::Int(i32::try_from(position).unwrap_or(i32::MAX)))
}

fn translate(values: &[SqlValue]) -> Outcome {
    let (from, to) = (text(values, 1), text(values, 2));
    let replaced = text(values, 0).chars().filter_map(|character| {
        match from.chars().position(|known| known == character) {
            Some(position) => to.chars().nth(position),
            None => Some(character),
        }
    });
    made(replaced.collect())
}

fn character(values: &[SqlValue]) -> Outcome {
    let code = u32::try_from(count(values, 0)).unwrap_or(0);
    made(char::from_u32(code).map(String::from).unwrap_or_default())
}

/// A compiled pattern; `flags` as in H2: i, c, n, m.
pub(super) fn pattern(pattern: &str, flags: &str) -> Result<Regex, SqlError> {
    let syntax = syntax::Config::new()
        .case_insensitive(flags.contains('i') && !flags.contains('c'))
        .dot_matches_new_line(flags.contains('n'))
        .multi_line(flags.contains('m'));
    Regex::builder().syntax(syntax).build(pattern).map_err(|_| {
        let message = format!("Error in LIKE ESCAPE: \"{pattern}\"");
        SqlError::parse(code::DATA_CONVERSION, message)
    })
}

fn replace_pattern(values: &[SqlValue]) -> Outcome {
    let pattern = pattern(text(values, 1), text(values, 3))?;
    let hay = text(values, 0);
    let mut result = String::new();
    let mut end = 0;
    for captures in pattern.captures_iter(hay) {
        let Some(found) = captures.get_match() else {
            continue;
        };
        result.push_str(&hay[end..found.start()]);
        let template = text(values, 2).replace('\\', "$");
        captures.interpolate_string_into(hay, &template, &mut result);
        end = found.end();
        if result.len() > LONGEST {
            break;
        }
    }
    result.push_str(&hay[end..]);
    made(result)
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
    if code.is_empty() {
        code
    } else {
        format!("{code:0<4}")
    }
}
