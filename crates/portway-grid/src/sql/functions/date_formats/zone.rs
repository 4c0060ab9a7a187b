//! Time zones of patterns: those of a fixed distance to UTC.

/// A zone of a fixed distance to UTC.
pub(super) struct Zone {
    /// How far it is before UTC.
    pub(super) seconds: i32,
    /// What `z` writes.
    pub(super) name: String,
}

impl Zone {
    /// The zone with this name, as Java's `TimeZone.getTimeZone`: what it does not know is GMT.
    /// The grid's own, which is UTC, without a name.
    pub(super) fn named(name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Self::utc("UTC");
        };
        if name == "UTC" {
            return Self::utc("UTC");
        }
        let offset = name.strip_prefix("GMT").and_then(custom_offset);
        match offset {
            Some(seconds) => Self {
                seconds,
                name: format!("GMT{}", shown(seconds, ":")),
            },
            None => Self::utc("GMT"),
        }
    }

    fn utc(name: &str) -> Self {
        Self {
            seconds: 0,
            name: name.to_owned(),
        }
    }
}

/// `+h`, `+hh`, `+hmm`, `+hhmm`, `+hh:mm`.
fn custom_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, &text[1..]),
        '-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_possible = (0..24).contains(&hours) && (0..60).contains(&minutes);
    is_possible.then_some(sign * (hours * 3600 + minutes * 60))
}

/// The distance as `+hh` and `mm` with this between them.
pub(super) fn shown(seconds: i32, between: &str) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}

/// A zone at the start of a text, and what is behind it: a name, or a distance in digits.
pub(super) fn read(text: &str) -> Option<(i32, &str)> {
    let behind_name = ["GMT", "UTC", "Z"].into_iter().find_map(|name| {
        let start = text.get(..name.len())?;
        start
            .eq_ignore_ascii_case(name)
            .then(|| &text[name.len()..])
    });
    let rest = behind_name.unwrap_or(text);
    let sign = rest.chars().next().filter(|sign| "+-".contains(*sign));
    if sign.is_none() {
        return behind_name.map(|rest| (0, rest));
    }
    let is_part = |part: char| part.is_ascii_digit() || part == ':';
    let length = rest[1..].chars().take_while(|part| is_part(*part)).count();
    let (offset, behind) = rest.split_at(length + 1);
    custom_offset(offset).map(|seconds| (seconds, behind))
}
