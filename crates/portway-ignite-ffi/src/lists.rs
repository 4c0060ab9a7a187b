//! Making lists, maps and arrays.

use portway_ignite::protocol::{BinaryConfiguration, Layout, MAX_VALUES, Writer, tag};
use portway_ignite::{MapKind, RawValue, WriteValue};

use crate::boundary::{self, Output};
use crate::datum::Datum;
use crate::failure::{Failure, IgniteError};
use crate::input;
use crate::result::IgniteResult;
use crate::value::IgniteValue;

/// # Safety
/// Unless `count` is 0, `first` points to `count` values that may be read.
pub(crate) unsafe fn all_encoded(
    first: *const IgniteValue,
    count: usize,
    name: &str,
) -> Result<Vec<RawValue>, Failure> {
    if count > MAX_VALUES as usize {
        let message = format!("{count} elements are more than the {MAX_VALUES} of a value");
        return Err(Failure::new(IgniteResult::TooMany, message));
    }
    // SAFETY: as the caller promises.
    let values = unsafe { input::many(first, count, name)? };
    // SAFETY: as the caller promises.
    values
        .iter()
        .map(|value| unsafe { value.datum() }.map(Datum::into_raw))
        .collect()
}

/// Makes a list (a Java `ArrayList`) of `count` elements. Release `list` afterwards.
///
/// # Safety
/// `elements` points to `count` values that may be read, `list` is room for a value, `error` is
/// null
/// or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_list_new(
    elements: *const IgniteValue,
    count: usize,
    list: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, elements) = unsafe {
            (
                Output::new(list, "list")?,
                all_encoded(elements, count, "elements")?,
            )
        };
        output.give(encoded(&elements))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Makes a map (a Java `LinkedHashMap`) of `count` entries, in this order. Release `map`
/// afterwards.
///
/// # Safety
/// `keys` and `values` each point to `count` values that may be read, `map` is room for a value,
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_map_new(
    keys: *const IgniteValue,
    values: *const IgniteValue,
    count: usize,
    map: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, keys, values) = unsafe {
            (
                Output::new(map, "map")?,
                all_encoded(keys, count, "keys")?,
                all_encoded(values, count, "values")?,
            )
        };
        output.give(encoded_map(&keys, &values))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// None of these types depends on the cluster's configuration.
fn encoded<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}

fn encoded_map(keys: &[RawValue], values: &[RawValue]) -> RawValue {
    let mut writer = Writer::new();
    writer.u8(tag::MAP);
    writer.count(keys.len());
    MapKind::LinkedHashMap.encode(&mut writer);
    for (key, value) in keys.iter().zip(values) {
        key.encode(&mut writer);
        value.encode(&mut writer);
    }
    RawValue::from_trusted_bytes(writer.into_bytes())
}

/// Makes an array (`int[]`) of `count` numbers. Release `array` afterwards.
///
/// # Safety
/// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_array_new_int32(
    numbers: *const i32,
    count: usize,
    array: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, numbers) = unsafe {
            (
                Output::new(array, "array")?,
                input::many(numbers, count, "numbers")?,
            )
        };
        output.give(encoded(numbers))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Makes an array (`long[]`) of `count` numbers. Release `array` afterwards.
///
/// # Safety
/// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_array_new_int64(
    numbers: *const i64,
    count: usize,
    array: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, numbers) = unsafe {
            (
                Output::new(array, "array")?,
                input::many(numbers, count, "numbers")?,
            )
        };
        output.give(encoded(numbers))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Makes an array (`double[]`) of `count` numbers. Release `array` afterwards.
///
/// # Safety
/// `numbers` points to `count` numbers, `array` is room for a value, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_array_new_float64(
    numbers: *const f64,
    count: usize,
    array: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, numbers) = unsafe {
            (
                Output::new(array, "array")?,
                input::many(numbers, count, "numbers")?,
            )
        };
        output.give(encoded(numbers))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}
