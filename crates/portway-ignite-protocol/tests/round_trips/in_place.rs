//! Requests whose values are written straight into the frame.

use portway_ignite_protocol::{
    BinaryConfiguration, CacheHeader, Dialect, InPlaceRequest, KeyValueAction, KeyValueRequest,
    Operation, RawValue, Request, RequestBody, WriteValue, Writer, encode_request, set_request_id,
    write_request,
};
use proptest::prelude::*;

use crate::requests::header;

proptest! {
    #[test]
    fn values_in_place_make_the_same_frame(
        header in header(),
        key in any::<i64>(),
        value in ".{0,300}",
        expected in any::<i32>(),
        id in any::<i64>(),
    ) {
        let (raw_key, raw_value) = (raw(&key), raw(&value));
        let get = in_place(header, Operation::Get, |writer| key.write(writer));
        prop_assert_eq!(
            frame(&get, id),
            usual(header, KeyValueAction::Get { key: raw_key.clone() }, id)
        );
        let replace = in_place(header, Operation::ReplaceIfEquals, |writer| {
            key.write(writer);
            expected.write(writer);
            value.write(writer);
        });
        let action = KeyValueAction::ReplaceIfEquals {
            key: raw_key,
            expected: raw(&expected),
            value: raw_value,
        };
        prop_assert_eq!(frame(&replace, id), usual(header, action, id));
    }
}

#[test]
fn bytes_that_are_too_few_for_a_request_get_no_id() {
    let mut bytes = [7; 13];
    set_request_id(&mut bytes, -1);
    assert_eq!(bytes, [7; 13]);
}

fn in_place<F: Fn(&mut Writer)>(
    header: CacheHeader,
    operation: Operation,
    values: F,
) -> InPlaceRequest<F> {
    InPlaceRequest {
        header,
        operation,
        values,
    }
}

/// The frame as a client makes it: behind what was in the memory before, and without its id first.
fn frame(request: &impl RequestBody, id: i64) -> Vec<u8> {
    let mut writer = Writer::reusing(vec![7; 20]).with_dialect(Dialect::default());
    write_request(request, 0, &mut writer).unwrap();
    let mut frame = writer.into_buffer();
    set_request_id(&mut frame, id);
    frame
}

fn usual(header: CacheHeader, action: KeyValueAction, id: i64) -> Vec<u8> {
    let request = Request::KeyValue(KeyValueRequest { header, action });
    encode_request(&request, id, Dialect::default())
        .unwrap()
        .to_vec()
}

fn raw<T: WriteValue>(value: &T) -> RawValue {
    RawValue::encode(value, BinaryConfiguration::default())
}
