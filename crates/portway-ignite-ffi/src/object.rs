//! Reading binary objects.

use std::ffi::c_char;

use portway_ignite::{BinaryObject, DecodeError, RawValue};

use crate::boundary::{self, Output};
use crate::client::{Connected, IgniteClient};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::output;
use crate::result::IgniteResult;
use crate::value::{IgniteValue, encoded};

/// A binary object whose fields can be read. Any thread may use it.
pub struct IgniteObject {
    _private: [u8; 0],
}

pub(crate) struct Object(BinaryObject);

impl Kind for Object {
    type Opaque = IgniteObject;
    const CODE: u8 = 11;
    const NAME: &'static str = "object";
    const IS_OF_PROCESS: bool = false;

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Object> = Table::new();
        &TABLE
    }
}

fn unreadable(error: &DecodeError) -> Failure {
    let message = format!("the object cannot be read: {error}");
    Failure::new(IgniteResult::WrongType, message)
}

impl Object {
    /// The names of the fields in the order they were written; one that is not known is empty.
    fn field_names(&self) -> Result<Vec<String>, Failure> {
        let ids: Vec<i32> = self
            .0
            .read_fields(|object| Ok(object.field_ids().collect()))
            .map_err(|error| unreadable(&error))?;
        let binary_type = self.0.binary_type();
        let name = |id: &i32| {
            binary_type
                .and_then(|known| known.field(*id))
                .map(|field| field.name.clone())
                .unwrap_or_default()
        };
        Ok(ids.iter().map(name).collect())
    }

    fn field_name(&self, index: usize) -> Result<String, Failure> {
        let names = self.field_names()?;
        let count = names.len();
        names
            .into_iter()
            .nth(index)
            .ok_or_else(|| Failure::argument(format!("there is no field {index} of {count}")))
    }
}

/// Opens an object, such as a value of type `IGNITE_TYPE_RAW` that came from a cache; fetches its
/// type if that is not known yet. The value may be released then.
///
/// # Safety
/// `value` may be read, `object` is room for a pointer, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_new(
    client: *const IgniteClient,
    value: *const IgniteValue,
    object: *mut *mut IgniteObject,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, value) = unsafe { (Output::new(object, "object")?, encoded(value, "value")?) };
        let client = handle::find::<Connected>(client)?;
        let opened: BinaryObject = client.runtime.wait(client.client.read(&value))?;
        output.write(handle::keep(Object(opened))?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Copies the full name of the object's type into `room`, as `ignite_cache_get_string_string` does;
/// `IGNITE_RESULT_NOT_FOUND` if it is not known.
///
/// # Safety
/// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_type_name(
    object: *const IgniteObject,
    room: *mut c_char,
    size: usize,
    length: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let object = handle::find::<Object>(object)?;
        let name = object.0.type_name();
        let name = name.ok_or_else(|| Failure::not_found("the type has no known name"))?;
        // SAFETY: as the caller promises.
        unsafe { output::text(name, room, size, length) }
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Reads a field without copying it; its type is null if it is absent or null. Release `value`
/// afterwards; it may outlive the object.
///
/// # Safety
/// `name` is a text with a final zero, `value` is room for a value, `error` is null or room for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_field(
    object: *const IgniteObject,
    name: *const c_char,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, name) = unsafe { (Output::new(value, "value")?, input::text(name, "name")?) };
        let object = handle::find::<Object>(object)?;
        let field: Option<RawValue> = object.0.field(name).map_err(|error| unreadable(&error))?;
        output.give(field.unwrap_or(RawValue::NULL))
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Tells the number of fields that were written, nulls included.
///
/// # Safety
/// `count` is room for a number, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_field_count(
    object: *const IgniteObject,
    count: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(count, "count")? };
        output.write(handle::find::<Object>(object)?.field_names()?.len());
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Copies the name of the field at `index` into `room`, as `ignite_cache_get_string_string` does.
///
/// # Safety
/// `room` is room for `size` bytes, `length` and `error` are null or room for their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_field_name(
    object: *const IgniteObject,
    index: usize,
    room: *mut c_char,
    size: usize,
    length: *mut usize,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        let name = handle::find::<Object>(object)?.field_name(index)?;
        // SAFETY: as the caller promises.
        unsafe { output::text(&name, room, size, length) }
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees an object; the fields that were read stay. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_object_free(
    object: *mut IgniteObject,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Object>(object)) }
}
