//! Values of columns for people and for programs.

use portway_ignite::{Date, Time, Timestamp, Value};
use serde_json::json;

/// How nothing is shown to people.
const NOTHING: &str = "NULL";

/// Whether a column of such values is aligned to the right.
pub(super) fn is_number(value: &Value) -> bool {
    matches!(
        value,
        Value::Byte(_)
            | Value::Short(_)
            | Value::Int(_)
            | Value::Long(_)
            | Value::Float(_)
            | Value::Double(_)
            | Value::Decimal(_)
    )
}

/// A value for people, long arrays cut; control characters would move the cursor, and are shown
/// escaped.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.to_owned(),
        _ => escaped(&single(value).unwrap_or_else(|| value.to_string())),
    }
}

/// A value as text, whole; empty for nothing. Arrays are JSON.
pub(super) fn plain(value: &Value) -> String {
    single(value)
        .or_else(|| array(value).map(|array| array.to_string()))
        .unwrap_or_else(|| value.to_string())
}

/// What SQL has a form of its own for, as text.
fn single(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Char(unit) => String::from_utf16_lossy(&[*unit]),
        Value::Uuid(uuid) => uuid.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(milliseconds) => day(*milliseconds),
        Value::Timestamp(timestamp) => moment(*timestamp),
        Value::Time(milliseconds) => trimmed(&time(*milliseconds)),
        Value::ByteArray(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => return None,
    })
}

/// A value as JSON.
pub(super) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Byte(number) => json!(number),
        Value::Short(number) => json!(number),
        Value::Int(number) => json!(number),
        Value::Long(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Double(number) => json!(number),
        Value::Bool(truth) => json!(truth),
        other => array(other).unwrap_or_else(|| json!(plain(other))),
    }
}

/// An array or collection as JSON; nothing of other values, nor of bytes and characters.
fn array(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::ShortArray(all) => json!(all),
        Value::IntArray(all) => json!(all),
        Value::LongArray(all) => json!(all),
        Value::FloatArray(all) => json!(all),
        Value::DoubleArray(all) => json!(all),
        Value::BoolArray(all) => json!(all),
        Value::StringArray(all) => json!(all),
        Value::UuidArray(all) => or_null(all, Value::Uuid),
        Value::DateArray(all) => or_null(all, Value::Date),
        Value::TimestampArray(all) => or_null(all, Value::Timestamp),
        Value::TimeArray(all) => or_null(all, Value::Time),
        Value::DecimalArray(all) => or_null(all, Value::Decimal),
        Value::ObjectArray { elements, .. } | Value::Collection { elements, .. } => {
            elements.iter().map(json).collect()
        }
        _ => return None,
    })
}

fn or_null<T: Clone>(all: &[Option<T>], of: fn(T) -> Value) -> serde_json::Value {
    all.iter()
        .map(|one| {
            one.clone()
                .map_or(serde_json::Value::Null, |one| json(&of(one)))
        })
        .collect()
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

/// `2023-11-14`, with the time of day where that is not midnight.
fn day(milliseconds: i64) -> String {
    let whole = Date { milliseconds }.to_string();
    let text = whole.trim_end_matches('Z').replace('T', " ");
    match text.strip_suffix(" 00:00:00.000") {
        Some(day) => day.to_owned(),
        None => trimmed(&text),
    }
}

fn moment(timestamp: Timestamp) -> String {
    let text = timestamp.to_string();
    trimmed(&text.trim_end_matches('Z').replace('T', " "))
}

fn time(milliseconds: i64) -> String {
    Time { milliseconds }.to_string()
}

/// Without zeros at the end of the fraction of a second.
fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use portway_ignite::TypeReference;

    use super::*;

    #[test]
    fn times_are_shown_as_sql_writes_them() {
        let noon = Timestamp {
            milliseconds: 1_700_000_000_123,
            nanoseconds: 450_000,
        };
        assert_eq!(plain(&Value::Timestamp(noon)), "2023-11-14 22:13:20.12345");
        assert_eq!(plain(&Value::Date(86_400_000)), "1970-01-02");
        assert_eq!(plain(&Value::Time(3_600_000)), "01:00:00");
    }

    #[test]
    fn a_text_cannot_move_the_cursor_of_a_terminal() {
        let text = Value::String("a\u{1b}[2Jb\n".to_owned());
        assert_eq!(shown(&text), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain(&text), "a\u{1b}[2Jb\n");
        assert_eq!(shown(&Value::Null), "NULL");
    }

    #[test]
    fn arrays_are_whole_for_programs_and_cut_for_people() {
        let deep = (0..6).fold(Value::Int(7), |inner, _| {
            let elements = vec![inner, Value::Null];
            Value::ObjectArray {
                component: TypeReference::OBJECT,
                elements,
            }
        });
        let whole = "[[[[[[7,null],null],null],null],null],null]";
        assert_eq!(plain(&deep), whole);
        assert_eq!(json(&deep).to_string(), whole);
        assert_eq!(shown(&deep), deep.to_string());
        let texts = Value::StringArray(vec![Some("a,\"b".to_owned()), None]);
        assert_eq!(json(&texts), json!(["a,\"b", null]));
    }

    #[test]
    fn json_keeps_what_numbers_cannot() {
        assert_eq!(json(&Value::Long(i64::MAX)), json!(i64::MAX));
        assert_eq!(json(&Value::Double(f64::NAN)), serde_json::Value::Null);
        assert_eq!(json(&Value::ByteArray(vec![1, 255])), json!("01ff"));
    }
}
