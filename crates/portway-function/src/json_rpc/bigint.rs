//! Integers that JavaScript's numbers cannot hold.
//!
//! Out they go as plain JSON numbers, which are exact; the TypeScript client reads them digit by digit. In they may come as numbers
//! or, because `JSON.stringify` cannot write a `bigint`, as `{"$bigint": "12"}`, which is also what Genezio's clients send.

use serde_json::{Value, value::RawValue};

const TAG: &str = "$bigint";

/// Replaces tagged integers by plain ones; text without any is given back as it is.
pub(crate) fn untag(text: Box<RawValue>) -> Box<RawValue> {
    if !text.get().contains("\"$bigint\"") {
        return text;
    }
    let Ok(value) = serde_json::from_str::<Value>(text.get()) else {
        return text;
    };
    let mut plain = String::with_capacity(text.get().len());
    write(&value, &mut plain);
    RawValue::from_string(plain).unwrap_or(text)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => match tagged(value) {
            Some(digits) => out.push_str(digits),
            None => write_all('{', fields.iter(), '}', out, |(name, value), out| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
            }),
        },
        Value::Array(items) => write_all('[', items.iter(), ']', out, write),
        leaf => out.push_str(&leaf.to_string()),
    }
}

fn write_all<T>(
    open: char,
    items: impl Iterator<Item = T>,
    close: char,
    out: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    out.push(open);
    for (position, item) in items.enumerate() {
        if position > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

/// The digits of a tagged integer, as JSON writes integers: no leading zero, no plus sign.
fn tagged(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    let text = fields.get(TAG)?.as_str()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || !digits.starts_with('0');
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && only_digits).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untagged(text: &str) -> String {
        untag(RawValue::from_string(text.into()).expect("JSON"))
            .get()
            .into()
    }

    #[test]
    fn a_tagged_integer_becomes_a_number_at_any_depth() {
        assert_eq!(
            untagged(
                r#"{"a":[{"$bigint":"-9223372036854775808"},1.5],"b":{"$bigint":"340282366920938463463374607431768211455"}}"#
            ),
            r#"{"a":[-9223372036854775808,1.5],"b":340282366920938463463374607431768211455}"#
        );
    }

    #[test]
    fn what_only_looks_like_a_tag_stays() {
        for text in [
            r#"{"$bigint":"1x"}"#,
            r#"{"$bigint":""}"#,
            r#"{"$bigint":"01"}"#,
            r#"{"$bigint":1}"#,
            r#"{"$bigint":"1","other":2}"#,
            r#""\"$bigint\"""#,
        ] {
            assert_eq!(
                serde_json::from_str::<Value>(&untagged(text)).expect("JSON"),
                serde_json::from_str::<Value>(text).expect("JSON"),
            );
        }
    }
}
