//! Queries: what the Java client sent and what the server answered.

use portway_ignite_protocol::{
    CacheHeader, CacheId, Cursor, Dialect, Entry, Feature, Features, Incoming, IncomingRequest,
    IndexCriterion, IndexQueryRequest, IndexRange, NoSchemas, QueryTimeout, RawValue, Request,
    ResourceId, Rows, ServerError, SqlFieldsCursor, SqlFieldsRequest, SqlRequest, Status, Version,
    decode_body, encode_request, encode_response,
};

use crate::hex;

#[test]
fn an_sql_statement_is_what_the_java_client_sends() {
    let sent = hex(concat!(
        "d407060000000000000000000000016501000000ffffffff094000000053454c454354203120415320412c2027",
        "782720415320422c204e554c4c2046524f4d2053595354454d5f52414e474528312c32292057484552452033203d",
        "203f01000000030300000000000000000001881300000000000001ffffffff01000000",
    ));

    let request = SqlFieldsRequest {
        page_size: 1,
        arguments: vec![RawValue::encode(&3, Default::default())],
        timeout: QueryTimeout::Milliseconds(5000),
        ..SqlFieldsRequest::new(
            CacheHeader::new(CacheId(0)),
            "SELECT 1 AS A, 'x' AS B, NULL FROM SYSTEM_RANGE(1,2) WHERE 3 = ?",
        )
    };

    assert_is(&sent, &Request::SqlFields(request), 6);
}

#[test]
fn an_update_with_the_default_timeout_is_what_the_java_client_sends() {
    let sent = hex(concat!(
        "d4070a0000000000000000000000016500040000ffffffff09280000004d4552474520494e544f20434150542028",
        "49442c204e414d45292056414c55455320283f2c203f2902000000030100000009030000006f6e65000000000000",
        "01ffffffffffffffff01ffffffff01000000",
    ));

    let request = SqlFieldsRequest {
        arguments: vec![
            RawValue::encode(&1, Default::default()),
            RawValue::encode("one", Default::default()),
        ],
        ..SqlFieldsRequest::new(
            CacheHeader::new(CacheId(0)),
            "MERGE INTO CAPT (ID, NAME) VALUES (?, ?)",
        )
    };

    assert_is(&sent, &Request::SqlFields(request), 10);
}

#[test]
fn the_first_page_names_the_columns() {
    let payload = hex(concat!(
        "0600000000000000000001000000000000000300000009010000004109010000004209040000004e554c4c0100",
        "0000030100000009010000007865",
        "01",
    ));
    let body = answer(&payload);

    let cursor: SqlFieldsCursor = decode_body(&body, java_dialect()).unwrap();

    assert_eq!(cursor.id, ResourceId(1));
    assert_eq!(cursor.columns, ["A", "B", "NULL"]);
    assert_eq!((cursor.rows.len(), cursor.rows.has_more()), (1, true));
    assert_eq!(cell::<i32>(&cursor.rows, 0), 1);
    assert_eq!(cell::<String>(&cursor.rows, 1), "x");
    assert_eq!(cell::<Option<i32>>(&cursor.rows, 2), None);
    let frame = encode_response(&cursor, 6, None, java_dialect()).unwrap();
    assert_eq!(frame.slice(4..), payload);
}

#[test]
fn the_last_page_says_that_it_is_the_last() {
    let request = hex("d50707000000000000000100000000000000");
    let body = answer(&hex("0700000000000000000001000000030100000009010000007865\
                            00"));

    let rows = Rows::from_body(&body, 3, java_dialect()).unwrap();

    assert_is(&request, &Request::SqlFieldsPage(ResourceId(1)), 7);
    assert_eq!((rows.len(), rows.has_more()), (1, false));
    assert_eq!(cell::<String>(&rows, 1), "x");
}

#[test]
fn an_update_answers_one_row_with_its_count() {
    let body = answer(&hex(
        "0a0000000000000000000400000000000000010000000907000000555044415445440100000004010000000000000000",
    ));

    let cursor: SqlFieldsCursor = decode_body(&body, java_dialect()).unwrap();

    assert_eq!(cursor.columns, ["UPDATED"]);
    assert_eq!(cell::<i64>(&cursor.rows, 0), 1);
}

#[test]
fn an_sql_error_begins_with_its_state() {
    let payload = hex(concat!(
        "060000000000000001000100000009450000003530303030",
        "3a204661696c656420746f2073657420736368656d6120666f7220444220636f6e6e656374696f6e20666f7220",
        "746872656164205b736368656d613d6361705d",
    ));

    let (header, _) = Incoming::from_payload(&payload, java_dialect()).unwrap();

    let Incoming::Response(header) = header else {
        panic!("it is a notification")
    };
    let message = "50000: Failed to set schema for DB connection for thread [schema=cap]";
    let error = ServerError::new(Status::FAILED, message);
    assert_eq!(header.error, Some(error));
}

#[test]
fn an_index_query_between_two_values_is_what_the_java_client_sends() {
    let sent = hex(concat!(
        "d8070b00000000000000e27a2e00010004000000ffffffff0a0000000904000000436170740909000000434150",
        "545f4e414d4501010000000009040000004e414d450101000009010000006109010000007a65",
    ));

    let range = IndexRange {
        field: "NAME".to_owned(),
        lower_inclusive: true,
        upper_inclusive: true,
        lower_is_null: false,
        upper_is_null: false,
        lower: RawValue::encode("a", Default::default()),
        upper: RawValue::encode("z", Default::default()),
    };
    let request = IndexQueryRequest {
        limit: 10,
        index: Some("CAPT_NAME".to_owned()),
        criteria: Some(vec![IndexCriterion::Range(range)]),
        ..index_query()
    };

    assert_is(&sent, &Request::IndexQuery(request), 11);
}

#[test]
fn an_index_query_of_several_values_is_what_the_java_client_sends() {
    let sent = hex(concat!(
        "d8070c00000000000000e27a2e00010004000000ffffffff00000000090400000043617074650101000000010904",
        "0000004e414d450200000009030000006f6e65090300000074776f65",
    ));

    let values = ["one", "two"].map(|name| RawValue::encode(name, Default::default()));
    let criterion = IndexCriterion::In {
        field: "NAME".to_owned(),
        values: values.to_vec(),
    };
    let request = IndexQueryRequest {
        criteria: Some(vec![criterion]),
        ..index_query()
    };

    assert_is(&sent, &Request::IndexQuery(request), 12);
}

#[test]
fn an_index_query_answers_entries() {
    let body = answer(&hex(concat!(
        "0b00000000000000000005000000000000000100000003010000001b2100000067012b00e27a2e000163e3d92100",
        "00005b84c5752000000009030000006f6e65180000000000",
    )));

    let cursor: Cursor<Entry> = decode_body(&body, java_dialect()).unwrap();

    assert_eq!(cursor.page.rows.len(), 1);
    assert_eq!(cursor.page.rows[0].key.read::<i32>(), Ok(1));
    assert!(!cursor.page.has_more);
}

#[test]
fn the_older_form_of_sql_is_what_the_java_client_sends() {
    let sent = hex(concat!(
        "d2070d00000000000000e27a2e000109040000004361707409060000004944203e203f0100000003000000000000",
        "00000400000000000000000000",
    ));

    let request = SqlRequest {
        header: CacheHeader::new(CacheId(CACHE)),
        type_name: "Capt".to_owned(),
        sql: "ID > ?".to_owned(),
        arguments: vec![RawValue::encode(&0, Default::default())],
        distributed_joins: false,
        local: false,
        replicated_only: false,
        page_size: 1024,
        timeout: 0,
    };

    assert_is(&sent, &Request::Sql(request), 13);
}

/// The cache `capt`.
const CACHE: i32 = 0x002e_7ae2;

fn index_query() -> IndexQueryRequest {
    IndexQueryRequest {
        header: CacheHeader::new(CacheId(CACHE)),
        page_size: 1024,
        local: false,
        partition: -1,
        limit: 0,
        value_type: Some("Capt".to_owned()),
        index: None,
        criteria: None,
        filter: None,
    }
}

/// What the Java client of 2.17 and a server of 2.17 agree on.
fn java_dialect() -> Dialect {
    Dialect {
        version: Version::LATEST,
        features: Features::SUPPORTED
            .without(Feature::TransactionAwareQueries)
            .without(Feature::QueryInitiator),
    }
}

fn assert_is(sent: &bytes::Bytes, request: &Request, id: i64) {
    let frame = encode_request(request, id, java_dialect()).unwrap();
    assert_eq!(frame.slice(4..), sent);
    let read = IncomingRequest::from_payload(sent, java_dialect()).unwrap();
    assert_eq!(read.request.as_ref(), Some(request));
}

fn answer(payload: &bytes::Bytes) -> bytes::Bytes {
    let (header, body) = Incoming::from_payload(payload, java_dialect()).unwrap();
    assert!(matches!(header, Incoming::Response(_)));
    body
}

fn cell<T: portway_ignite_protocol::ReadValue>(rows: &Rows, column: usize) -> T {
    rows.read(0, column, &NoSchemas).unwrap().unwrap()
}
