//! Keys and values as the caller sees them.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;

use bytes::Bytes;
use portway_ignite::protocol::{BinaryConfiguration, Reader, Writer, tag};
use portway_ignite::{DecodeError, RawValue, Timestamp, Value, WriteValue};
use uuid::Uuid;

use crate::boundary::{self, Output};
use crate::failure::{Failure, IgniteError};
use crate::handle::{self, Kind, Table};
use crate::input;
use crate::result::IgniteResult;

/// What an `ignite_value` holds: one of the `IGNITE_TYPE_` numbers, which are Ignite's own.
pub type IgniteType = i32;

/// One encoded value of any type, tag included: `data.bytes`. Objects, collections, maps, arrays,
/// decimals and enumerations are of this kind; see `ignite_reader` and `ignite_builder`.
pub const IGNITE_TYPE_RAW: IgniteType = 0;
/// Signed 8-bit number (`byte`): `data.int8`.
pub const IGNITE_TYPE_INT8: IgniteType = 1;
/// Signed 16-bit number (`short`): `data.int16`.
pub const IGNITE_TYPE_INT16: IgniteType = 2;
/// Signed 32-bit number (`int`): `data.int32`.
pub const IGNITE_TYPE_INT32: IgniteType = 3;
/// Signed 64-bit number (`long`): `data.int64`.
pub const IGNITE_TYPE_INT64: IgniteType = 4;
/// IEEE single (`float`): `data.float32`.
pub const IGNITE_TYPE_FLOAT32: IgniteType = 5;
/// IEEE double (`double`): `data.float64`.
pub const IGNITE_TYPE_FLOAT64: IgniteType = 6;
/// One UTF-16 unit (`char`): `data.character`.
pub const IGNITE_TYPE_CHARACTER: IgniteType = 7;
/// `boolean`: `data.boolean`, 0 or 1.
pub const IGNITE_TYPE_BOOLEAN: IgniteType = 8;
/// UTF-8 text (`String`), without a final zero: `data.bytes`.
pub const IGNITE_TYPE_STRING: IgniteType = 9;
/// UUID: `data.uuid`, its 16 bytes in the order in which they are written down.
pub const IGNITE_TYPE_UUID: IgniteType = 10;
/// `java.util.Date`: `data.int64`, milliseconds since 1970.
pub const IGNITE_TYPE_DATE: IgniteType = 11;
/// `byte[]`: `data.bytes`.
pub const IGNITE_TYPE_BYTES: IgniteType = 12;
/// `java.sql.Timestamp`: `data.timestamp`.
pub const IGNITE_TYPE_TIMESTAMP: IgniteType = 33;
/// `java.sql.Time`: `data.int64`, milliseconds of a day.
pub const IGNITE_TYPE_TIME: IgniteType = 36;
/// Nothing.
pub const IGNITE_TYPE_NULL: IgniteType = 101;

/// The header generator cannot look up Ignite's own numbers; the compiler can.
const _: () = {
    assert!(IGNITE_TYPE_INT8 == tag::BYTE as IgniteType);
    assert!(IGNITE_TYPE_INT16 == tag::SHORT as IgniteType);
    assert!(IGNITE_TYPE_INT32 == tag::INT as IgniteType);
    assert!(IGNITE_TYPE_INT64 == tag::LONG as IgniteType);
    assert!(IGNITE_TYPE_FLOAT32 == tag::FLOAT as IgniteType);
    assert!(IGNITE_TYPE_FLOAT64 == tag::DOUBLE as IgniteType);
    assert!(IGNITE_TYPE_CHARACTER == tag::CHAR as IgniteType);
    assert!(IGNITE_TYPE_BOOLEAN == tag::BOOL as IgniteType);
    assert!(IGNITE_TYPE_STRING == tag::STRING as IgniteType);
    assert!(IGNITE_TYPE_UUID == tag::UUID as IgniteType);
    assert!(IGNITE_TYPE_DATE == tag::DATE as IgniteType);
    assert!(IGNITE_TYPE_BYTES == tag::BYTE_ARRAY as IgniteType);
    assert!(IGNITE_TYPE_TIMESTAMP == tag::TIMESTAMP as IgniteType);
    assert!(IGNITE_TYPE_TIME == tag::TIME as IgniteType);
    assert!(IGNITE_TYPE_NULL == tag::NULL as IgniteType);
};

/// Bytes that somebody else owns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IgniteBytes {
    /// The first byte; may be null if there are none.
    pub data: *const u8,
    /// The number of bytes.
    pub length: usize,
}

/// A time with nanoseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IgniteTimestamp {
    /// Milliseconds since 1970.
    pub milliseconds: i64,
    /// Nanoseconds within the millisecond, 0 to 999,999.
    pub nanoseconds: i32,
}

/// The content of an `ignite_value`; its type says which member counts.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "the types document the members they use")]
pub union IgniteData {
    pub boolean: u8,
    pub int8: i8,
    pub int16: i16,
    pub int32: i32,
    pub int64: i64,
    pub float32: f32,
    pub float64: f64,
    pub character: u16,
    pub uuid: [u8; 16],
    pub timestamp: IgniteTimestamp,
    pub bytes: IgniteBytes,
}

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

    /// Encodes the value.
    ///
    /// # Safety
    /// Its type says which member of its data is initialised, and bytes are there to be read.
    pub(crate) unsafe fn encode(&self) -> Result<RawValue, Failure> {
        let data = &self.data;
        // SAFETY: the caller promises that the type names the member; every bit pattern is a
        // value of each member, and the bytes are the caller's promise as well.
        unsafe {
            Ok(match self.r#type {
                IGNITE_TYPE_NULL => RawValue::NULL,
                IGNITE_TYPE_BOOLEAN => encoded(&(data.boolean != 0)),
                IGNITE_TYPE_INT8 => encoded(&data.int8),
                IGNITE_TYPE_INT16 => encoded(&data.int16),
                IGNITE_TYPE_INT32 => encoded(&data.int32),
                IGNITE_TYPE_INT64 => encoded(&data.int64),
                IGNITE_TYPE_FLOAT32 => encoded(&data.float32),
                IGNITE_TYPE_FLOAT64 => encoded(&data.float64),
                IGNITE_TYPE_CHARACTER => encoded(&data.character),
                IGNITE_TYPE_UUID => encoded(&Uuid::from_bytes(data.uuid)),
                IGNITE_TYPE_DATE => encoded(&Value::Date(data.int64)),
                IGNITE_TYPE_TIME => encoded(&Value::Time(data.int64)),
                IGNITE_TYPE_TIMESTAMP => encoded(&timestamp(data.timestamp)?),
                IGNITE_TYPE_STRING => encoded(data.bytes.text()?),
                IGNITE_TYPE_BYTES => encoded(data.bytes.slice()?),
                IGNITE_TYPE_RAW => data.bytes.raw()?,
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

impl Output<IgniteValue> {
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

impl IgniteBytes {
    /// # Safety
    /// The bytes are there and stay during `'a`.
    unsafe fn slice<'a>(self) -> Result<&'a [u8], Failure> {
        // SAFETY: as the caller promises.
        unsafe { input::many(self.data, self.length, "the bytes of a value") }
    }

    /// # Safety
    /// As [`slice`](Self::slice).
    unsafe fn text<'a>(self) -> Result<&'a str, Failure> {
        // SAFETY: as the caller promises.
        let bytes = unsafe { self.slice()? };
        std::str::from_utf8(bytes).map_err(|_| Failure::argument("a string is no UTF-8"))
    }

    /// # Safety
    /// As [`slice`](Self::slice).
    unsafe fn raw(self) -> Result<RawValue, Failure> {
        // SAFETY: as the caller promises.
        let bytes = Bytes::copy_from_slice(unsafe { self.slice()? });
        RawValue::from_bytes(&bytes)
            .map_err(|error| Failure::argument(format!("the bytes are no encoded value: {error}")))
    }
}

/// None of the types that are encoded here depends on the cluster's configuration.
fn encoded<T: WriteValue + ?Sized>(value: &T) -> RawValue {
    let mut writer = Writer::new().with_binary(BinaryConfiguration::default());
    value.write(&mut writer);
    RawValue::from_trusted_bytes(writer.into_bytes())
}

fn timestamp(given: IgniteTimestamp) -> Result<Value, Failure> {
    let nanoseconds = given.nanoseconds;
    if !(0..1_000_000).contains(&nanoseconds) {
        let message = format!("the nanoseconds of a time are {nanoseconds}, not 0 to 999,999");
        return Err(Failure::argument(message));
    }
    Ok(Value::Timestamp(Timestamp {
        milliseconds: given.milliseconds,
        nanoseconds,
    }))
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
