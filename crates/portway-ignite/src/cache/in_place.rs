//! Keys and values that are written straight into the frame of their request.

use portway_ignite_protocol::{WriteValue, Writer};

/// Writes one value.
pub(super) fn one<T>(value: &T) -> impl Fn(&mut Writer) + Copy
where
    T: WriteValue + ?Sized,
{
    move |writer: &mut Writer| value.write(writer)
}

/// Writes two values, one behind the other.
pub(super) fn pair<A, B>(first: &A, second: &B) -> impl Fn(&mut Writer) + Copy
where
    A: WriteValue + ?Sized,
    B: WriteValue + ?Sized,
{
    move |writer: &mut Writer| {
        first.write(writer);
        second.write(writer);
    }
}
