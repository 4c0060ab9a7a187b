//! What a key or a value can be.

use bytes::Bytes;
use portway_ignite::protocol::tag;
use portway_ignite::{RawValue, Timestamp};

use crate::failure::Failure;
use crate::input;

/// What an `ignite_value` holds: one of the `IGNITE_TYPE_` numbers, which are Ignite's own.
pub type IgniteType = i32;

/// One encoded value of any type, tag included: `data.bytes`. Objects, collections, maps, arrays,
/// decimals and enumerations are of this kind; see `ignite_object`, `ignite_items` and
/// `ignite_builder`.
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

impl IgniteBytes {
    /// # Safety
    /// The bytes are there and stay during `'a`.
    pub(crate) unsafe fn slice<'a>(self) -> Result<&'a [u8], Failure> {
        // SAFETY: as the caller promises.
        unsafe { input::many(self.data, self.length, "the bytes of a value") }
    }

    /// # Safety
    /// As [`slice`](Self::slice).
    pub(crate) unsafe fn text<'a>(self) -> Result<&'a str, Failure> {
        // SAFETY: as the caller promises.
        let bytes = unsafe { self.slice()? };
        std::str::from_utf8(bytes).map_err(|_| Failure::argument("a string is no UTF-8"))
    }

    /// # Safety
    /// As [`slice`](Self::slice).
    pub(crate) unsafe fn raw(self) -> Result<RawValue, Failure> {
        // SAFETY: as the caller promises.
        let bytes = Bytes::copy_from_slice(unsafe { self.slice()? });
        RawValue::from_bytes(&bytes)
            .map_err(|error| Failure::argument(format!("the bytes are no encoded value: {error}")))
    }
}

impl IgniteTimestamp {
    pub(crate) fn checked(self) -> Result<Timestamp, Failure> {
        let nanoseconds = self.nanoseconds;
        if !(0..1_000_000).contains(&nanoseconds) {
            let message = format!("the nanoseconds of a time are {nanoseconds}, not 0 to 999,999");
            return Err(Failure::argument(message));
        }
        Ok(Timestamp {
            milliseconds: self.milliseconds,
            nanoseconds,
        })
    }
}
