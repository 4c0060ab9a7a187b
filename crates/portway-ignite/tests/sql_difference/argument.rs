//! Arguments in the corpus: a type and a value, `int 3`; arrays and lists with their elements in
//! parentheses, `objects (int 1; text a; objects (int 2))`.

use portway_ignite::protocol::{CollectionKind, TypeReference};
use portway_ignite::{Timestamp, Value};

/// The value that an argument stands for.
pub(crate) fn argument(text: &str) -> Value {
    let (ty, value) = text.split_once(' ').unwrap_or((text, ""));
    match value
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inner) => of_elements(ty, &elements(inner)),
        None => single(ty, value),
    }
}

fn single(ty: &str, value: &str) -> Value {
    match ty {
        "null" => Value::Null,
        "bool" => Value::Bool(value == "true"),
        "byte" => Value::Byte(value.parse().expect("a number")),
        "short" => Value::Short(value.parse().expect("a number")),
        "int" => Value::Int(value.parse().expect("a number")),
        "long" => Value::Long(value.parse().expect("a number")),
        "float" => Value::Float(value.parse().expect("a number")),
        "double" => Value::Double(value.parse().expect("a number")),
        "decimal" => Value::Decimal(value.parse().expect("a number")),
        "uuid" => Value::Uuid(value.parse().expect("a UUID")),
        "bytes" => Value::ByteArray(value.bytes().collect()),
        "date" => Value::Date(value.parse().expect("milliseconds")),
        "time" => Value::Time(value.parse().expect("milliseconds")),
        "timestamp" => Value::Timestamp(Timestamp {
            milliseconds: value.parse().expect("milliseconds"),
            nanoseconds: 0,
        }),
        "text" => Value::String(value.to_owned()),
        other => panic!("no type of arguments: {other}"),
    }
}

fn of_elements(ty: &str, texts: &[&str]) -> Value {
    let values = || texts.iter().map(|text| argument(text)).collect();
    let list = |kind| Value::Collection {
        kind,
        elements: values(),
    };
    let class = |id| Value::ObjectArray {
        component: TypeReference::Id(id),
        elements: values(),
    };
    match ty {
        "objects" => class(-1),
        "integers" => class(INTEGER),
        "shorts" => Value::ShortArray(parsed(texts)),
        "ints" => Value::IntArray(parsed(texts)),
        "longs" => Value::LongArray(parsed(texts)),
        "floats" => Value::FloatArray(parsed(texts)),
        "doubles" => Value::DoubleArray(parsed(texts)),
        "bools" => Value::BoolArray(parsed(texts)),
        "chars" => Value::CharArray(texts.iter().flat_map(|text| text.encode_utf16()).collect()),
        "texts" => Value::StringArray(texts.iter().map(|text| Some((*text).to_owned())).collect()),
        "uuids" => Value::UuidArray(parsed(texts).into_iter().map(Some).collect()),
        "decimals" => Value::DecimalArray(parsed(texts).into_iter().map(Some).collect()),
        "dates" => Value::DateArray(parsed(texts).into_iter().map(Some).collect()),
        "list" => list(CollectionKind::ArrayList),
        "linked_list" => list(CollectionKind::LinkedList),
        "set" => list(CollectionKind::LinkedHashSet),
        other => panic!("no type of arrays: {other}"),
    }
}

/// The type code of `java.lang.Integer`, as the class of the elements of an array.
const INTEGER: i32 = 3;

fn parsed<T: std::str::FromStr>(texts: &[&str]) -> Vec<T> {
    let parsed = |text: &&str| text.parse().ok().expect("an element");
    texts.iter().map(parsed).collect()
}

/// What stands between the semicolons that are in no parentheses.
fn elements(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let separator = |sign: char| {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        sign == ';' && depth == 0
    };
    let parts = text.split(separator).map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}
