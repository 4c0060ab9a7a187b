//! Requests of queries.

use portway_ignite_protocol::{
    ContinuousQueryRequest, IndexCriterion, IndexQueryRequest, IndexRange, QueryTimeout,
    RemoteFilter, Request, ScanRequest, SqlFieldsRequest, SqlRequest, StatementKind,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::requests::header;
use crate::values::any_raw;

pub(crate) fn queries() -> BoxedStrategy<Request> {
    let scan = (header(), filter(), any::<(i32, i32, bool)>()).prop_map(
        |(header, filter, (page_size, partition, local))| {
            Request::Scan(ScanRequest {
                header,
                filter,
                page_size,
                partition,
                local,
            })
        },
    );
    let continuous = (header(), filter(), any::<(i32, i64, bool)>()).prop_map(
        |(header, filter, (page_size, time_interval, include_expired))| {
            Request::ContinuousQuery(ContinuousQueryRequest {
                header,
                page_size,
                time_interval,
                include_expired,
                filter,
            })
        },
    );
    prop_oneof![scan, continuous, sql_fields(), sql(), index_query()].boxed()
}

fn sql_fields() -> BoxedStrategy<Request> {
    let texts = any::<(Option<String>, String, Option<String>)>();
    let numbers = any::<(i32, i32, Option<Vec<i32>>, i32)>();
    let flags = any::<[bool; 7]>();
    let modes = (select(StatementKind::ALL), timeout());
    (header(), texts, numbers, flags, vec(any_raw(), 0..3), modes)
        .prop_map(|(header, texts, numbers, flags, arguments, modes)| {
            let (schema, sql, initiator) = texts;
            let (page_size, max_rows, partitions, update_batch_size) = numbers;
            let mut request = SqlFieldsRequest::new(header, sql);
            (request.schema, request.initiator) = (schema, initiator);
            (request.page_size, request.max_rows) = (page_size, max_rows);
            (request.partitions, request.update_batch_size) = (partitions, update_batch_size);
            (request.statement, request.timeout) = modes;
            request.arguments = arguments;
            [
                request.distributed_joins,
                request.local,
                request.replicated_only,
                request.enforce_join_order,
                request.collocated,
                request.lazy,
                request.include_names,
            ] = flags;
            Request::SqlFields(request)
        })
        .boxed()
}

fn timeout() -> impl Strategy<Value = QueryTimeout> {
    prop_oneof![
        Just(QueryTimeout::Default),
        Just(QueryTimeout::Unlimited),
        (1..=i32::MAX.unsigned_abs()).prop_map(QueryTimeout::Milliseconds),
    ]
}

fn sql() -> BoxedStrategy<Request> {
    let texts = any::<(String, String)>();
    let rest = any::<(bool, bool, bool, i32, i64)>();
    (header(), texts, vec(any_raw(), 0..3), rest)
        .prop_map(|(header, (type_name, sql), arguments, rest)| {
            let (distributed_joins, local, replicated_only, page_size, timeout) = rest;
            Request::Sql(SqlRequest {
                header,
                type_name,
                sql,
                arguments,
                distributed_joins,
                local,
                replicated_only,
                page_size,
                timeout,
            })
        })
        .boxed()
}

fn index_query() -> BoxedStrategy<Request> {
    let numbers = any::<(i32, bool, i32, i32)>();
    let names = any::<(Option<String>, Option<String>)>();
    let criteria = option::of(vec(criterion(), 0..3));
    (header(), numbers, names, criteria, filter())
        .prop_map(|(header, numbers, names, criteria, filter)| {
            let (page_size, local, partition, limit) = numbers;
            let (value_type, index) = names;
            Request::IndexQuery(IndexQueryRequest {
                header,
                page_size,
                local,
                partition,
                limit,
                value_type,
                index,
                criteria,
                filter,
            })
        })
        .boxed()
}

fn criterion() -> impl Strategy<Value = IndexCriterion> {
    let range = (any::<String>(), any::<[bool; 4]>(), any_raw(), any_raw()).prop_map(
        |(field, flags, lower, upper)| {
            let [
                lower_inclusive,
                upper_inclusive,
                lower_is_null,
                upper_is_null,
            ] = flags;
            IndexCriterion::Range(IndexRange {
                field,
                lower_inclusive,
                upper_inclusive,
                lower_is_null,
                upper_is_null,
                lower,
                upper,
            })
        },
    );
    prop_oneof![
        range,
        (any::<String>(), vec(any_raw(), 0..3))
            .prop_map(|(field, values)| IndexCriterion::In { field, values }),
    ]
}

fn filter() -> impl Strategy<Value = Option<RemoteFilter>> {
    let filter = (any_raw(), any::<u8>())
        .prop_filter("null is no filter", |(object, _)| !object.is_null())
        .prop_map(|(object, platform)| RemoteFilter { object, platform });
    option::of(filter)
}
