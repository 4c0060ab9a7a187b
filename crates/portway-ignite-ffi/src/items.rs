//! Lists, arrays and maps.

use portway_ignite::protocol::{BinaryConfiguration, Layout, ReadValue, Reader, tag};
use portway_ignite::{CollectionKind, DecodeError, MapKind, RawValue, TypeReference};

use crate::boundary::{self, Output};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::result::IgniteResult;
use crate::value::{IgniteValue, encoded};

/// The elements of a list, an array or a map. Any thread may use it.
pub struct IgniteItems {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct Items(Vec<Item>);

/// An element; in a map it has a key.
#[derive(Debug)]
struct Item {
    key: RawValue,
    value: RawValue,
}

impl Kind for Items {
    type Opaque = IgniteItems;
    const CODE: u8 = 12;
    const NAME: &'static str = "list of items";
    const IS_OF_PROCESS: bool = false;

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Items> = Table::new();
        &TABLE
    }
}

impl Items {
    pub(crate) fn of_entries(entries: Vec<(RawValue, RawValue)>) -> Self {
        let item = |(key, value)| Item { key, value };
        Self(entries.into_iter().map(item).collect())
    }

    fn read(whole: &RawValue) -> Result<Self, DecodeError> {
        let bytes = whole.clone().into_bytes();
        let mut reader = Reader::shared(&bytes);
        let items = match reader.u8()? {
            tag::MAP => entries(&mut reader)?,
            tag::COLLECTION => {
                let count = reader.count(1)?;
                CollectionKind::decode(&mut reader)?;
                elements(count, &mut reader)?
            }
            tag::OBJECT_ARRAY | tag::ENUM_ARRAY => {
                TypeReference::decode(&mut reader)?;
                let count = reader.count(1)?;
                elements(count, &mut reader)?
            }
            tag::SHORT_ARRAY => numbers::<i16>(whole)?,
            tag::INT_ARRAY => numbers::<i32>(whole)?,
            tag::LONG_ARRAY => numbers::<i64>(whole)?,
            tag::FLOAT_ARRAY => numbers::<f32>(whole)?,
            tag::DOUBLE_ARRAY => numbers::<f64>(whole)?,
            tag::CHAR_ARRAY => numbers::<u16>(whole)?,
            tag::BOOL_ARRAY => numbers::<bool>(whole)?,
            tag::STRING_ARRAY
            | tag::UUID_ARRAY
            | tag::DATE_ARRAY
            | tag::DECIMAL_ARRAY
            | tag::TIMESTAMP_ARRAY
            | tag::TIME_ARRAY => {
                let count = reader.count(1)?;
                elements(count, &mut reader)?
            }
            found => {
                let expected = "a list, an array or a map";
                return Err(DecodeError::UnexpectedTag { expected, found });
            }
        };
        Ok(Self(items))
    }
}

fn elements(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Item>, DecodeError> {
    let element = |_| {
        Ok(Item {
            key: RawValue::NULL,
            value: RawValue::decode_part(reader)?,
        })
    };
    (0..count).map(element).collect()
}

fn entries(reader: &mut Reader<'_>) -> Result<Vec<Item>, DecodeError> {
    let count = reader.count(2)?;
    MapKind::decode(reader)?;
    let entry = |_| {
        Ok(Item {
            key: RawValue::decode_part(reader)?,
            value: RawValue::decode_part(reader)?,
        })
    };
    (0..count).map(entry).collect()
}

/// The numbers of an array have no tags of their own there.
fn numbers<T>(array: &RawValue) -> Result<Vec<Item>, DecodeError>
where
    T: ReadValue + portway_ignite::WriteValue,
{
    let item = |number: &T| Item {
        key: RawValue::NULL,
        value: RawValue::encode(number, BinaryConfiguration::default()),
    };
    Ok(array.read::<Vec<T>>()?.iter().map(item).collect())
}

/// Opens a list, an array or a map, such as a field of an object. The value may be released then.
///
/// # Safety
/// `value` may be read, `items` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_items_new(
    value: *const IgniteValue,
    items: *mut *mut IgniteItems,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, value) = unsafe { (Output::new(items, "items")?, encoded(value, "value")?) };
        let opened = Items::read(&value)
            .map_err(|error| Failure::new(IgniteResult::WrongType, error.to_string()))?;
        output.write(handle::keep(opened)?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Tells how many elements there are.
///
/// # Safety
/// `count` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_items_count(
    items: *const IgniteItems,
    count: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(count, "count")? };
        output.write(handle::find::<Items>(items)?.0.len());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Gives the element at `index` without copying it; `key` is null but in maps. Release `key` and
/// `value` afterwards; they may outlive the items.
///
/// # Safety
/// `key` and `value` are room for values, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_items_at(
    items: *const IgniteItems,
    index: usize,
    key: *mut IgniteValue,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (key, value) = unsafe { (Output::new(key, "key")?, Output::new(value, "value")?) };
        let items = handle::find::<Items>(items)?;
        let item = items.0.get(index).ok_or_else(|| {
            let count = items.0.len();
            Failure::argument(format!("there is no element {index} of {count}"))
        })?;
        Output::give_entry(key, value, (item.key.clone(), item.value.clone()))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees items; the elements that were given stay. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_items_free(
    items: *mut IgniteItems,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Items>(items)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_that_java_wrote_as_a_reference_is_what_it_refers_to() {
        let inner = RawValue::encode(&vec!["one".to_owned()], BinaryConfiguration::default());
        let back = i32::try_from(inner.as_bytes().len()).unwrap();
        let list = [&[tag::COLLECTION, 2, 0, 0, 0, 1][..], inner.as_bytes()].concat();
        let list = [&list[..], &[tag::HANDLE], &back.to_le_bytes()].concat();
        let list = RawValue::from_bytes(&list.into()).unwrap();

        let Items(items) = Items::read(&list).unwrap();

        let values: Vec<RawValue> = items.into_iter().map(|item| item.value).collect();
        assert_eq!(values, [inner.clone(), inner]);
    }
}
