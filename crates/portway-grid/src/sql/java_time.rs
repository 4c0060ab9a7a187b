//! Java's own dates and times (`java.time`), which have no tags in the protocol: a node writes them
//! with its optimised marshaller, in the form of `java.time.Ser`.

use chrono::NaiveDate;
use portway_ignite_protocol::{Timestamp, tag};

use super::text::days_of;
use super::value::{DAY, SqlValue};

/// The optimised marshaller's tag of a class that writes itself, and the id of `java.time.Ser`.
const SER: [u8; 5] = [0x65, 0xEB, 0xDF, 0x36, 0x06];
/// The length of the whole value, and the check sum of the class's fields.
const LENGTH: usize = 4;
const CHECK_SUM: usize = 2;
/// `Ser.LOCAL_DATE_TYPE` and its neighbours.
const LOCAL_DATE: u8 = 3;
const LOCAL_TIME: u8 = 4;
const LOCAL_DATE_TIME: u8 = 5;

/// The value as SQL has it; `None` for anything else than those three classes.
pub(super) fn from_java_time(bytes: &[u8]) -> Option<SqlValue> {
    let rest = bytes.strip_prefix(&[tag::OPTIMIZED])?.get(LENGTH..)?;
    let content = rest.strip_prefix(&SER)?.get(CHECK_SUM..)?;
    let (kind, mut content) = content.split_first()?;
    match *kind {
        LOCAL_DATE => Some(SqlValue::Date(days(&mut content)?)),
        LOCAL_TIME => Some(SqlValue::Time(
            nanoseconds(&mut content)? / NANOS_OF_MILLISECOND,
        )),
        LOCAL_DATE_TIME => {
            let days = days(&mut content)?;
            timestamp(days, nanoseconds(&mut content)?)
        }
        _ => None,
    }
}

const NANOS_OF_MILLISECOND: i64 = 1_000_000;
const NANOS_OF_SECOND: i64 = 1_000 * NANOS_OF_MILLISECOND;

fn timestamp(days: i64, nanoseconds: i64) -> Option<SqlValue> {
    let within = nanoseconds / NANOS_OF_MILLISECOND;
    Some(SqlValue::Timestamp(Timestamp {
        milliseconds: days.checked_mul(DAY)?.checked_add(within)?,
        nanoseconds: i32::try_from(nanoseconds % NANOS_OF_MILLISECOND).ok()?,
    }))
}

/// Year, month and day.
fn days(content: &mut &[u8]) -> Option<i64> {
    let (year, rest) = content.split_first_chunk::<4>()?;
    let (date, rest) = rest.split_first_chunk::<2>()?;
    *content = rest;
    let [month, day] = *date;
    let date = NaiveDate::from_ymd_opt(i32::from_le_bytes(*year), month.into(), day.into())?;
    Some(days_of(date))
}

/// Hour, minute, second and nanosecond; the last that is not zero is turned over, and ends it.
fn nanoseconds(content: &mut &[u8]) -> Option<i64> {
    let mut seconds = 0;
    for unit in [3600, 60, 1] {
        let (number, rest) = content.split_first()?;
        *content = rest;
        let number = number.cast_signed();
        if number < 0 {
            return Some((seconds + i64::from(!number) * unit) * NANOS_OF_SECOND);
        }
        seconds += i64::from(number) * unit;
    }
    let (nanoseconds, rest) = content.split_first_chunk::<4>()?;
    *content = rest;
    Some(seconds * NANOS_OF_SECOND + i64::from(i32::from_le_bytes(*nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the Java client sends for a value, from its kind on.
    fn sent(content: &[u8]) -> Vec<u8> {
        let length = SER.len() + CHECK_SUM + content.len();
        let mut bytes = vec![tag::OPTIMIZED];
        bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
        bytes.extend([&SER[..], &[0xB2, 0x48], content].concat());
        bytes
    }

    #[test]
    fn a_local_date_is_a_date() {
        let value = from_java_time(&sent(&[3, 0xE4, 7, 0, 0, 1, 4]));
        assert_eq!(value, Some(SqlValue::Date(18_265)));
    }

    #[test]
    fn a_local_time_leaves_out_what_is_zero_at_its_end() {
        let hour = 3_600_000;
        let midnight = from_java_time(&sent(&[4, 0xFF]));
        assert_eq!(midnight, Some(SqlValue::Time(0)));
        let minutes = from_java_time(&sent(&[4, 5, 0xF9]));
        assert_eq!(minutes, Some(SqlValue::Time(5 * hour + 6 * 60_000)));
        let all = from_java_time(&sent(&[4, 1, 2, 3, 0, 9, 0x3D, 0]));
        assert_eq!(all, Some(SqlValue::Time(hour + 2 * 60_000 + 3_004)));
    }

    #[test]
    fn a_local_date_time_keeps_its_nanoseconds() {
        let bytes = sent(&[5, 0xE5, 7, 0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 0]);
        let expected = Timestamp {
            milliseconds: 1_614_834_367_000,
            nanoseconds: 8,
        };
        assert_eq!(from_java_time(&bytes), Some(SqlValue::Timestamp(expected)));
    }

    #[test]
    fn what_ends_early_or_is_of_another_class_is_none() {
        assert_eq!(from_java_time(&sent(&[3, 0xE4, 7])), None);
        assert_eq!(from_java_time(&sent(&[1, 0, 0])), None);
        assert_eq!(from_java_time(&[tag::OPTIMIZED, 1, 0, 0, 0, 0x66]), None);
    }
}
