//! Values for other formats of serde, JSON above all.

use std::cell::Cell;

use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};

use crate::binary::BinaryObject;
use crate::codec::{MAX_DEPTH, MAX_VALUES};
use crate::value::{Date, Time, TypeReference, Value};

/// Numbers, booleans, strings, lists, maps and null are themselves. Objects are maps of their
/// fields; UUIDs, times (as in RFC 3339), decimals, characters and classes are strings, members of
/// enumerations are their ordinals. Keys of maps that are no strings and no whole numbers become
/// strings.
///
/// What contains itself is an error.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Budget::with(|budget| budget.shown(self).serialize(serializer))
    }
}

/// A map of the fields. A field whose name is not known is called by its id, as `#123`.
impl Serialize for BinaryObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Budget::with(|budget| serialize_object(self, budget, serializer))
    }
}

/// How much may still be shown: objects can contain themselves, and each other many times.
#[derive(Clone, Copy)]
struct Budget<'b> {
    depth: u8,
    values: &'b Cell<u32>,
}

impl<'b> Budget<'b> {
    fn with<T>(run: impl FnOnce(Budget<'_>) -> T) -> T {
        let values = Cell::new(MAX_VALUES);
        run(Budget {
            depth: MAX_DEPTH,
            values: &values,
        })
    }

    fn shown(self, value: &'b Value) -> Shown<'b> {
        Shown {
            value,
            budget: self,
        }
    }

    /// One level deeper, one value less.
    fn spend<E: Error>(self) -> Result<Self, E> {
        let left = self.values.get().checked_sub(1);
        let (Some(depth), Some(left)) = (self.depth.checked_sub(1), left) else {
            return Err(E::custom(
                "the value contains itself, or is nested too deep",
            ));
        };
        self.values.set(left);
        Ok(Self { depth, ..self })
    }
}

/// A value inside of another.
struct Shown<'b> {
    value: &'b Value,
    budget: Budget<'b>,
}

impl Serialize for Shown<'_> {
    // One line for each type: a table, so that the compiler finds a forgotten one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let budget = self.budget.spend()?;
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Byte(number) => number.serialize(serializer),
            Value::Short(number) => number.serialize(serializer),
            Value::Int(number) => number.serialize(serializer),
            Value::Long(number) => number.serialize(serializer),
            Value::Float(number) => number.serialize(serializer),
            Value::Double(number) => number.serialize(serializer),
            Value::Char(unit) => String::from_utf16_lossy(&[*unit]).serialize(serializer),
            Value::Bool(bool) => bool.serialize(serializer),
            Value::String(text) => text.serialize(serializer),
            Value::Uuid(uuid) => serializer.collect_str(uuid),
            Value::Date(at) => serializer.collect_str(&date(*at)),
            Value::Timestamp(timestamp) => serializer.collect_str(timestamp),
            Value::Time(at) => serializer.collect_str(&time(*at)),
            Value::Decimal(decimal) => serializer.collect_str(decimal),
            Value::ByteArray(all) => serializer.serialize_bytes(all),
            Value::ShortArray(all) => all.serialize(serializer),
            Value::IntArray(all) => all.serialize(serializer),
            Value::LongArray(all) => all.serialize(serializer),
            Value::FloatArray(all) => all.serialize(serializer),
            Value::DoubleArray(all) => all.serialize(serializer),
            Value::CharArray(all) => String::from_utf16_lossy(all).serialize(serializer),
            Value::BoolArray(all) => all.serialize(serializer),
            Value::StringArray(all) => all.serialize(serializer),
            Value::UuidArray(all) => texts(all, serializer),
            Value::DateArray(all) => texts(&each(all, date), serializer),
            Value::TimestampArray(all) => texts(all, serializer),
            Value::TimeArray(all) => texts(&each(all, time), serializer),
            Value::DecimalArray(all) => texts(all, serializer),
            Value::ObjectArray { elements, .. }
            | Value::Collection { elements, .. }
            | Value::EnumArray { elements, .. } => {
                serializer.collect_seq(elements.iter().map(|element| budget.shown(element)))
            }
            Value::Map { entries, .. } => serialize_entries(entries, budget, serializer),
            Value::Enum { ordinal, .. } | Value::BinaryEnum { ordinal, .. } => {
                ordinal.serialize(serializer)
            }
            Value::Class(TypeReference::Id(id)) => id.serialize(serializer),
            Value::Class(TypeReference::Name(name)) => name.serialize(serializer),
            Value::Object(object) => serialize_object(object, budget, serializer),
            Value::Opaque(_) => serializer.collect_str(self.value),
        }
    }
}

fn date(milliseconds: i64) -> Date {
    Date { milliseconds }
}

fn time(milliseconds: i64) -> Time {
    Time { milliseconds }
}

fn each<T>(all: &[Option<i64>], make: impl Fn(i64) -> T) -> Vec<Option<T>> {
    all.iter().map(|one| one.map(&make)).collect()
}

fn texts<T: ToString, S: Serializer>(all: &[Option<T>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|one| one.as_ref().map(T::to_string)))
}

fn serialize_entries<S: Serializer>(
    entries: &[(Value, Value)],
    budget: Budget<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, value) in entries {
        match key {
            Value::String(_)
            | Value::Byte(_)
            | Value::Short(_)
            | Value::Int(_)
            | Value::Long(_) => {
                map.serialize_key(&budget.shown(key))?;
            }
            other => map.serialize_key(&other.to_string())?,
        }
        map.serialize_value(&budget.shown(value))?;
    }
    map.end()
}

fn serialize_object<S: Serializer>(
    object: &BinaryObject,
    budget: Budget<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let fields = object.fields().map_err(S::Error::custom)?;
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for field in &fields {
        match &field.name {
            Some(name) => map.serialize_key(name)?,
            None => map.serialize_key(&format!("#{}", field.id))?,
        }
        map.serialize_value(&Shown {
            value: &field.value,
            budget,
        })?;
    }
    map.end()
}
