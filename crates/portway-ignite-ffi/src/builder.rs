//! Making binary objects.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use portway_ignite::{BinaryObjectBuilder, RawValue};

use crate::boundary::{self, Output};
use crate::client::{Connected, IgniteClient};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::value::{IgniteValue, encoded};

/// A binary object that is being put together. Any thread may use it.
pub struct IgniteBuilder {
    _private: [u8; 0],
}

pub(crate) struct Builder {
    builder: Mutex<BinaryObjectBuilder>,
    of: Connected,
}

impl Kind for Builder {
    type Opaque = IgniteBuilder;
    const CODE: u8 = 10;
    const NAME: &'static str = "builder";

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Builder> = Table::new();
        &TABLE
    }
}

impl Builder {
    fn change(&self, change: impl FnOnce(BinaryObjectBuilder) -> BinaryObjectBuilder) {
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        *builder = change(builder.clone());
    }

    /// Builds the object as the cluster wants it, and registers its type there.
    fn build(&self) -> Result<RawValue, Failure> {
        let client = &self.of.client;
        let configuration = self.of.runtime.wait(client.binary_configuration())?;
        let builder = self
            .builder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let object = builder
            .build(configuration)
            .map_err(|error| Failure::argument(error.to_string()))?;
        if let Some(binary_type) = object.binary_type() {
            self.of
                .runtime
                .wait(client.register_binary_type(binary_type))?;
        }
        Ok(RawValue::encode(&object, configuration))
    }
}

/// Begins an object of a type with this full name, such as `com.example.Person`.
///
/// # Safety
/// `type_name` is a text with a final zero, `builder` is room for a pointer, `error` is null or
/// room
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_builder_new(
    client: *const IgniteClient,
    type_name: *const c_char,
    builder: *mut *mut IgniteBuilder,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (output, type_name) = unsafe {
            (
                Output::new(builder, "builder")?,
                input::text(type_name, "type_name")?,
            )
        };
        let client = handle::find::<Connected>(client)?;
        output.write(handle::keep(Builder {
            builder: Mutex::new(BinaryObjectBuilder::new(type_name)),
            of: Connected::clone(&client),
        })?);
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Sets a field. Fields keep the order in which they were set first, and their names do not tell
/// upper from lower case. The value is copied; another object or a list is set as it was built.
///
/// # Safety
/// `name` is a text with a final zero, `value` may be read, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_builder_set(
    builder: *const IgniteBuilder,
    name: *const c_char,
    value: *const IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let (name, value) = unsafe { (input::text(name, "name")?, encoded(value, "value")?) };
        handle::find::<Builder>(builder)?.change(|builder| builder.set(name, value));
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Names the field that decides the partition where the object is a key.
///
/// # Safety
/// `field` is a text with a final zero, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_builder_set_affinity_key(
    builder: *const IgniteBuilder,
    field: *const c_char,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let field = unsafe { input::text(field, "field")? };
        handle::find::<Builder>(builder)?.change(|builder| builder.affinity_key(field));
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Builds the object, registers its type in the grid unless that knows it, and gives the object as
/// a
/// key or value for any call. The builder can be changed and used again. Release `value`
/// afterwards.
///
/// # Safety
/// `value` is room for a value, `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_builder_build(
    builder: *const IgniteBuilder,
    value: *mut IgniteValue,
    error: *mut IgniteError,
) -> IgniteResult {
    let body = || {
        // SAFETY: as the caller promises.
        let output = unsafe { Output::new(value, "value")? };
        let object = handle::find::<Builder>(builder)?.build()?;
        output.give(object)
    };
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, body) }
}

/// Frees a builder; what it has built stays. Null is allowed.
///
/// # Safety
/// `error` is null or room for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_builder_free(
    builder: *mut IgniteBuilder,
    error: *mut IgniteError,
) -> IgniteResult {
    // SAFETY: as the caller promises.
    unsafe { boundary::call(error, || handle::free::<Builder>(builder)) }
}
