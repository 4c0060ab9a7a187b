//! Keys and values as the caller sees them.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;

use bytes::Bytes;
use portway_ignite::protocol::{Reader, tag};
use portway_ignite::{DecodeError, RawValue};
use uuid::Uuid;

use crate::boundary::{self, Output};
use crate::datum::Datum;
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;
use crate::types::{
    IGNITE_TYPE_BOOLEAN, IGNITE_TYPE_BYTES, IGNITE_TYPE_CHARACTER, IGNITE_TYPE_DATE,
    IGNITE_TYPE_FLOAT32, IGNITE_TYPE_FLOAT64, IGNITE_TYPE_INT8, IGNITE_TYPE_INT16,
    IGNITE_TYPE_INT32, IGNITE_TYPE_INT64, IGNITE_TYPE_NULL, IGNITE_TYPE_RAW, IGNITE_TYPE_STRING,
    IGNITE_TYPE_TIME, IGNITE_TYPE_TIMESTAMP, IGNITE_TYPE_UUID, IgniteBytes, IgniteData,
    IgniteTimestamp, IgniteType,
};

/// A key or a value.
///
/// As an input it borrows: bytes must stay until the call returns, and `owner` is not looked at. As
/// an output it may own memory: pass it to `ignite_value_release` when it is no longer needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IgniteValue {
    /// Which member of `data` counts.
    pub r#type: IgniteType,
    /// What keeps the bytes alive, or null. For `ignite_value_release` alone.
    pub owner: *mut c_void,
    /// The content.
    pub data: IgniteData,
}

/// Keeps the bytes of an output alive.
pub(crate) struct Owner(#[expect(dead_code, reason = "held, not looked at")] Bytes);

impl Kind for Owner {
    type Opaque = c_void;
    const CODE: u8 = 1;
    const NAME: &'static str = "value";
    const IS_OF_PROCESS: bool = false;

    fn table() -> &'static Table<Self> {
        static TABLE: Table<Owner> = Table::new();
        &TABLE
    }
}

impl IgniteValue {
    pub(crate) const NULL: Self = Self::new(IGNITE_TYPE_NULL, IgniteData { int64: 0 });

    const fn new(r#type: IgniteType, data: IgniteData) -> Self {
        Self {
            r#type,
            owner: ptr::null_mut(),
            data,
        }
    }

    fn borrowed(r#type: IgniteType, bytes: &[u8]) -> Self {
        let bytes = IgniteBytes {
            data: bytes.as_ptr(),
            length: bytes.len(),
        };
        Self::new(r#type, IgniteData { bytes })
    }

    /// What the value is, with its bytes still the caller's.
    ///
    /// # Safety
    /// Its type says which member of its data is initialised, and bytes stay during `'a`.
    pub(crate) unsafe fn datum<'a>(&self) -> Result<Datum<'a>, Failure> {
        let data = &self.data;
        // SAFETY: the caller promises that the type names the member; every bit pattern is a
        // value of each member, and the bytes are the caller's promise as well.
        unsafe {
            Ok(match self.r#type {
                IGNITE_TYPE_NULL => Datum::Null,
                IGNITE_TYPE_BOOLEAN => Datum::Boolean(data.boolean != 0),
                IGNITE_TYPE_INT8 => Datum::Int8(data.int8),
                IGNITE_TYPE_INT16 => Datum::Int16(data.int16),
                IGNITE_TYPE_INT32 => Datum::Int32(data.int32),
                IGNITE_TYPE_INT64 => Datum::Int64(data.int64),
                IGNITE_TYPE_FLOAT32 => Datum::Float32(data.float32),
                IGNITE_TYPE_FLOAT64 => Datum::Float64(data.float64),
                IGNITE_TYPE_CHARACTER => Datum::Character(data.character),
                IGNITE_TYPE_UUID => Datum::Uuid(Uuid::from_bytes(data.uuid)),
                IGNITE_TYPE_DATE => Datum::Date(data.int64),
                IGNITE_TYPE_TIME => Datum::Time(data.int64),
                IGNITE_TYPE_TIMESTAMP => Datum::Timestamp(data.timestamp.checked()?),
                IGNITE_TYPE_STRING => Datum::Text(data.bytes.text()?),
                IGNITE_TYPE_BYTES => Datum::Bytes(data.bytes.slice()?),
                IGNITE_TYPE_RAW => Datum::Encoded(data.bytes.raw()?),
                unknown => {
                    let message = format!("{unknown} is no IGNITE_TYPE_ number");
                    return Err(Failure::argument(message));
                }
            })
        }
    }

    /// A view of an encoded value, which must outlive it.
    pub(crate) fn view(raw: &[u8]) -> Result<Self, Failure> {
        let mut reader = Reader::new(raw);
        let found = reader.u8().map_err(malformed)?;
        let data = match found {
            tag::NULL => return Ok(Self::NULL),
            tag::BOOL => IgniteData {
                boolean: reader.u8().map_err(malformed)?,
            },
            tag::BYTE => IgniteData {
                int8: reader.u8().map_err(malformed)?.cast_signed(),
            },
            tag::SHORT => IgniteData {
                int16: reader.i16().map_err(malformed)?,
            },
            tag::CHAR => IgniteData {
                character: reader.u16().map_err(malformed)?,
            },
            tag::INT => IgniteData {
                int32: reader.i32().map_err(malformed)?,
            },
            tag::FLOAT => IgniteData {
                float32: reader.f32().map_err(malformed)?,
            },
            tag::DOUBLE => IgniteData {
                float64: reader.f64().map_err(malformed)?,
            },
            tag::LONG | tag::DATE | tag::TIME => IgniteData {
                int64: reader.i64().map_err(malformed)?,
            },
            tag::UUID => IgniteData {
                uuid: reader.raw_uuid().map_err(malformed)?.into_bytes(),
            },
            tag::TIMESTAMP => IgniteData {
                timestamp: IgniteTimestamp {
                    milliseconds: reader.i64().map_err(malformed)?,
                    nanoseconds: reader.i32().map_err(malformed)?,
                },
            },
            tag::STRING | tag::BYTE_ARRAY => {
                let length = reader.length().map_err(malformed)?;
                let bytes = reader.take(length).map_err(malformed)?;
                return Ok(Self::borrowed(found.into(), bytes));
            }
            _ => return Ok(Self::borrowed(IGNITE_TYPE_RAW, raw)),
        };
        Ok(Self::new(found.into(), data))
    }

    /// A value that keeps its bytes alive itself.
    pub(crate) fn owning(raw: RawValue) -> Result<OwnedValue, Failure> {
        let bytes = raw.into_bytes();
        let view = Self::view(&bytes)?;
        let has_bytes = matches!(
            view.r#type,
            IGNITE_TYPE_RAW | IGNITE_TYPE_STRING | IGNITE_TYPE_BYTES
        );
        let owner = if has_bytes {
            handle::keep(Owner(bytes))?
        } else {
            ptr::null_mut()
        };
        Ok(OwnedValue(Self { owner, ..view }))
    }
}

/// A value on its way to the caller: what it owns is freed unless it gets there.
pub(crate) struct OwnedValue(IgniteValue);

impl OwnedValue {
    /// Gives it to the caller, who releases it.
    pub(crate) fn hand_over(self) -> IgniteValue {
        ManuallyDrop::new(self).0
    }
}

impl Drop for OwnedValue {
    fn drop(&mut self) {
        // Nobody else has seen this handle: it is free for the first time.
        let _ = handle::free::<Owner>(self.0.owner);
    }
}

/// A key or a value of a call.
///
/// # Safety
/// `value` is null or a value that may be read, whose bytes stay during `'a`.
pub(crate) unsafe fn given<'a>(
    value: *const IgniteValue,
    name: &str,
) -> Result<Datum<'a>, Failure> {
    // SAFETY: as the caller promises.
    unsafe { input::one(value, name)?.datum() }
}

/// A key or a value that is needed for longer than the call.
///
/// # Safety
/// `value` is null or a value that may be read.
pub(crate) unsafe fn encoded(value: *const IgniteValue, name: &str) -> Result<RawValue, Failure> {
    // SAFETY: as the caller promises.
    unsafe { given(value, name) }.map(Datum::into_raw)
}

impl Output<IgniteValue> {
    /// Writes a value that the caller releases, as it came out of an answer.
    pub(crate) fn give_datum(self, datum: Datum<'_>) -> Result<(), Failure> {
        let data = match datum {
            Datum::Int32(int32) => (IGNITE_TYPE_INT32, IgniteData { int32 }),
            Datum::Int64(int64) => (IGNITE_TYPE_INT64, IgniteData { int64 }),
            Datum::Float64(float64) => (IGNITE_TYPE_FLOAT64, IgniteData { float64 }),
            other => return self.give(other.into_raw()),
        };
        self.write(IgniteValue::new(data.0, data.1));
        Ok(())
    }

    /// Writes a value that the caller releases.
    pub(crate) fn give(self, raw: RawValue) -> Result<(), Failure> {
        self.write(IgniteValue::owning(raw)?.hand_over());
        Ok(())
    }

    /// Writes a key and its value: both or none.
    pub(crate) fn give_entry(
        key: Self,
        value: Self,
        entry: (RawValue, RawValue),
    ) -> Result<(), Failure> {
        let owned = (IgniteValue::owning(entry.0)?, IgniteValue::owning(entry.1)?);
        key.write(owned.0.hand_over());
        value.write(owned.1.hand_over());
        Ok(())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that it is its own closure in map_err"
)]
fn malformed(error: DecodeError) -> Failure {
    Failure::new(
        IgniteResult::WrongType,
        format!("the value cannot be read: {error}"),
    )
}

/// Frees what an output owns and makes it null. A second release of the same structure does
/// nothing; the release of a copy is answered with `IGNITE_RESULT_INVALID_HANDLE`. Any thread.
///
/// # Safety
/// `value` is null or points to a value that a call of this library has written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ignite_value_release(value: *mut IgniteValue) -> IgniteResult {
    let body = || {
        if value.is_null() {
            return Ok(());
        }
        input::check_aligned(value, "value")?;
        // SAFETY: it is neither null nor misaligned, and the caller promises that it is a value.
        let owner = unsafe { ptr::replace(value, IgniteValue::NULL) }.owner;
        handle::free::<Owner>(owner)
    };
    // SAFETY: null is allowed.
    unsafe { boundary::call(ptr::null_mut::<IgniteError>(), body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that is shorter than it says.
    const BROKEN: &[u8] = &[tag::STRING, 255, 0, 0, 0];

    fn text() -> Bytes {
        let mut bytes = vec![tag::STRING, 3, 0, 0, 0];
        bytes.extend(b"key");
        Bytes::from(bytes)
    }

    #[test]
    fn of_an_entry_whose_value_cannot_be_read_nothing_is_given_and_nothing_kept() {
        let held = text();
        let mut places = [IgniteValue::NULL; 2];
        let [key, value] = places.each_mut().map(|place| {
            // SAFETY: the places are there.
            unsafe { Output::new(place, "place") }.unwrap()
        });
        let entry = (
            RawValue::from_trusted_bytes(held.clone()),
            RawValue::from_trusted_bytes(Bytes::from_static(BROKEN)),
        );
        assert!(Output::give_entry(key, value, entry).is_err());
        assert_eq!(places.map(|place| place.r#type), [IGNITE_TYPE_NULL; 2]);
        assert!(held.is_unique());
    }

    #[test]
    fn a_value_that_is_given_is_kept_until_it_is_released() {
        let held = text();
        let raw = RawValue::from_trusted_bytes(held.clone());
        let mut given = IgniteValue::owning(raw).unwrap().hand_over();
        assert!(!held.is_unique());
        // SAFETY: `given` is a value.
        let result = unsafe { ignite_value_release(&raw mut given) };
        assert_eq!(result, IgniteResult::Ok);
        assert!(held.is_unique());
    }

    #[test]
    fn a_value_at_an_odd_address_is_refused() {
        let mut room = [IgniteValue::NULL; 2];
        let odd = (&raw mut room).cast::<u8>().wrapping_add(1).cast();
        // SAFETY: it points into `room`, and what is misaligned is not followed.
        let result = unsafe { ignite_value_release(odd) };
        assert_eq!(result, IgniteResult::InvalidArgument);
    }
}
