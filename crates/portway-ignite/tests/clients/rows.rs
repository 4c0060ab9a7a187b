//! What proves each row of the comparison: items of this crate, which are compiled here, and tests.

use portway_ignite::{
    AddressFinder, AtomicLong, BinaryObjectBuilder, Cache, Change, Client, ClientConfiguration,
    ClientEvent, ClientListener, Cluster, Compute, ContinuousQuery, Decimal, IgniteObject,
    IgniteSet, IndexQuery, NearCache, NodeGroup, PartitionMapper, ReconnectPolicy, RetryPolicy,
    ScanQuery, Service, SqlQuery, StreamerOptions, Transaction, protocol,
};

/// A row of the table and the tests that prove it, each as `FILE::FUNCTION`.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) tests: &'static [&'static str],
}

/// Declares the rows. The items are compiled and never run.
macro_rules! rows {
    ($($name:literal: { $($item:expr),* $(,)? } by [$($test:literal),+ $(,)?];)+) => {
        pub(crate) const ROWS: &[Row] = &[$(Row { name: $name, tests: &[$($test),+] }),+];

        #[expect(dead_code, reason = "that it compiles is the proof")]
        fn items() {
            $($(let _ = $item;)*)+
        }
    };
}

#[derive(IgniteObject)]
struct Own {}

type Numbers = Cache<i64, i64>;

rows! {
    "protocol versions": { protocol::Version::V1_0, protocol::Version::LATEST } by [
        "real/versions.rs::every_version_reads_and_writes",
        "scripted/handshake.rs::an_older_node_is_spoken_to_in_its_own_version",
    ];
    "feature bits that are negotiated": {
        protocol::Feature::UserAttributes, protocol::Feature::QueryInitiator,
    } by [
        "clients/main.rs::every_feature_of_the_protocol_is_offered",
        "scripted/handshake.rs::what_an_older_node_does_not_know_is_not_sent",
    ];
    "binary configuration taken from the server": { Client::binary_configuration } by [
        "scripted/types.rs::the_clusters_way_to_write_objects_is_adopted",
    ];
    "key-value operations, one key and many": {
        Numbers::get::<i64>, Numbers::get_and_put_if_absent::<i64, i64>, Numbers::clear,
        Numbers::replace_if_equals::<i64, i64>, Numbers::remove_all,
    } by [
        "suite/key_value.rs::conditional_changes_depend_on_what_is_there",
        "suite/key_value.rs::many_keys_travel_in_one_request",
        "suite/key_value.rs::clearing_removes_entries",
    ];
    "expiry policy of a handle": { Numbers::with_expiry } by [
        "suite/key_value.rs::entries_expire_as_their_handle_says",
    ];
    "peek modes, local peek": { Numbers::local_peek::<i64> } by [
        "suite/key_value.rs::what_is_where_is_told",
    ];
    "entry processors": {} by ["real/invoke.rs::a_processor_changes_an_entry_and_answers"];
    "writes with versions of another cluster": {} by [
        "suite/conflict.rs::an_entry_of_another_cluster_is_written_and_removed",
    ];
    "cache configuration, with query entities": { Client::cache_configuration } by [
        "real/configuration.rs::every_property_comes_back",
    ];
    "storage paths, caches as SQL tables (2.18)": { Client::create_table_cache::<i64, i64> } by [
        "real/configuration.rs::what_a_node_does_not_know_is_refused_here",
    ];
    "SQL, rows in pages": { SqlQuery::page_size } by [
        "suite/sql.rs::every_option_is_understood_by_the_server",
        "suite/sql_rows.rs::rows_page_through_a_result_in_order",
    ];
    "SQL batches of arguments": {} by ["suite/sql_batch.rs::the_rows_that_failed_are_named"];
    "SQL on some partitions": {} by ["suite/sql.rs::every_option_is_understood_by_the_server"];
    "scans": { Numbers::scan } by ["suite/scan.rs::a_scan_pages_through_all_entries"];
    "scan filters on the servers": { ScanQuery::filter::<i64> } by [
        "real/invoke.rs::a_scan_answers_what_its_filter_accepts",
    ];
    "index queries": { IndexQuery::limit } by [
        "suite/index_query.rs::every_criterion_finds_its_entries",
    ];
    "continuous queries": { Numbers::continuous_query } by [
        "suite/continuous.rs::every_kind_of_event_is_told_in_order",
    ];
    "filters of events on the servers": { ContinuousQuery::filter::<i64> } by [
        "real/remote.rs::a_filter_on_the_nodes_decides_which_events_are_told",
    ];
    "continuous queries that outlive their node": { Change::<i64, i64>::AllFound } by [
        "scripted/watch.rs::after_a_gap_the_entries_are_read_again",
        "faults/streams.rs::streamers_watches_and_near_caches_outlive_a_node",
    ];
    "near cache": { NearCache::<i64, i64>::peek::<i64> } by [
        "suite/near.rs::a_second_read_does_not_ask_the_grid",
        "cuts/main.rs::a_near_cache_of_real_nodes_keeps_its_promise_through_cut_connections",
    ];
    "data streamer": { Numbers::streamer } by [
        "suite/streamer.rs::what_was_flushed_is_stored",
        "suite/streamer.rs::entries_that_cannot_be_stored_are_handed_back",
    ];
    "stream receivers": { StreamerOptions::receiver::<i64> } by [
        "real/remote.rs::a_receiver_puts_streamed_entries_into_the_cache",
    ];
    "transactions": { Client::begin, Transaction::commit } by [
        "transactions/endings.rs::every_operation_on_keys_takes_part",
        "transactions/failures.rs::who_reads_what_another_changed_is_told_of_the_conflict",
    ];
    "transactions as closures": {} by [
        "transactions/endings.rs::a_closure_commits_or_rolls_back",
    ];
    "scans and SQL inside of a transaction": {} by [
        "transactions/queries.rs::a_scan_sees_what_its_transaction_wrote",
        "transactions/queries.rs::sql_sees_what_its_transaction_wrote",
    ];
    "compute tasks by name": { Compute::timeout } by [
        "suite/compute.rs::a_task_is_given_its_argument_and_answers",
    ];
    "services": { Service::timeout } by [
        "suite/services.rs::a_method_is_given_arguments_of_many_types",
        "suite/services.rs::a_call_brings_its_attributes",
    ];
    "service calls sent to a node that has it": { Service::nodes } by [
        "suite/services.rs::a_call_goes_to_the_nodes_it_is_told",
    ];
    "cluster state": { Cluster::change_state } by ["real/cluster.rs::the_state_is_changed_and_back"];
    "write-ahead logs on and off": { Cluster::disable_write_ahead_log } by [
        "real/cluster.rs::the_log_is_that_of_caches_on_disk",
    ];
    "nodes and groups of nodes": { NodeGroup::nodes } by [
        "real/cluster.rs::a_group_has_the_nodes_with_an_attribute",
    ];
    "atomic numbers": { AtomicLong::compare_and_exchange } by [
        "suite/structures.rs::a_number_is_changed_by_each_operation",
    ];
    "sets": { IgniteSet::<i64>::values } by ["suite/structures.rs::a_set_has_each_value_once"];
    "partition awareness": { ClientConfiguration::partition_awareness } by [
        "routing/ownership.rs::keys_of_simple_types",
        "scripted/topology.rs::keys_follow_their_partitions",
    ];
    "custom affinity functions": { <fn(_, &_, _) -> _ as PartitionMapper>::partition } by [
        "routing/ownership.rs::keys_of_a_cache_with_its_own_affinity_function_and_a_mapper",
    ];
    "affinity key fields": {} by [
        "routing/ownership.rs::keys_whose_type_names_the_field_that_decides",
    ];
    "endpoint discovery": { ClientConfiguration::discovery } by [
        "routing/connections.rs::one_address_is_enough_to_find_all_nodes",
    ];
    "address finder": { <dyn AddressFinder>::addresses } by [
        "routing/connections.rs::an_address_finder_takes_the_place_of_discovery",
    ];
    "reads in the own data centre (2.18)": {} by [
        "routing/data_center.rs::reads_go_to_the_own_data_centre_and_writes_to_the_primary",
    ];
    "retry policies": { RetryPolicy::RetryReads } by [
        "scripted/reconnect.rs::with_retry_all_a_write_is_repeated",
        "scripted/reconnect.rs::with_retry_none_a_read_is_not_repeated",
    ];
    "reconnection with growing pauses": { ReconnectPolicy::new } by [
        "scripted/reconnect.rs::a_server_that_closes_each_connection_is_not_hammered",
    ];
    "a missing cache is made by the operation that needs it": { Cache::<i64, String>::or_create } by [
        "suite/missing.rs::an_operation_makes_the_cache_that_it_misses",
        "grid.rs::a_handle_that_makes_its_cache_outlives_the_grid",
    ];
    "heartbeats": { ClientConfiguration::heartbeat_interval } by [
        "scripted/heartbeats.rs::an_unanswered_heartbeat_ends_the_connection",
    ];
    "time-out of each operation": { ClientConfiguration::request_timeout } by [
        "scripted/answers.rs::an_answer_after_the_time_out_is_discarded",
    ];
    "TLS with own authority": {} by ["tls/main.rs::everything_travels_inside_tls_and_large_values_too"];
    "client certificates": {} by [
        "tls/real.rs::the_right_certificate_and_password_let_a_client_in",
    ];
    "user and password": {} by [
        "scripted/handshake.rs::a_wrong_password_is_told_without_showing_it",
        "tls/real.rs::a_wrong_password_is_refused_inside_tls",
    ];
    "user attributes": {} by ["tls/real.rs::the_node_knows_what_a_client_says_about_itself"];
    "asynchronous": {} by [
        "scripted/answers.rs::a_put_that_waits_in_vain_can_be_dropped_and_the_next_one_works",
    ];
    "requests share a connection": { ClientConfiguration::requests_in_flight } by [
        "suite/key_value.rs::many_requests_of_many_clones_share_one_connection",
        "scripted/answers.rs::answers_in_another_order_find_their_callers",
    ];
    "blocking": {} by ["blocking.rs::every_asynchronous_method_has_a_blocking_namesake"];
    "own types mapped at compile time": { <Own as IgniteObject>::SHAPE } by [
        "derive.rs::a_structure_reads_as_it_was_written",
        "suite/objects.rs::a_structure_is_a_value_and_a_key",
    ];
    "enumerations, collections, maps, arrays": {} by [
        "suite/dynamic.rs::enumerations_are_values_and_keys_and_have_members",
        "suite/dynamic.rs::a_field_of_each_type_comes_back",
    ];
    "UUID, decimal, date, time, timestamp": { Decimal::from_parts } by [
        "suite/key_value.rs::values_of_every_type_come_back",
    ];
    "objects of types known at run time": { BinaryObjectBuilder::build } by [
        "suite/dynamic.rs::a_built_object_is_stored_and_read_by_field_names",
    ];
    "schema evolution": {} by [
        "suite/objects.rs::a_field_that_came_later_is_absent_in_older_objects",
        "derive.rs::a_newer_structure_reads_what_an_older_one_wrote",
    ];
    "serde": {} by ["serde.rs::a_type_of_serde_is_stored_as_an_object_and_shown_as_json"];
    "figures": { Client::metrics } by [
        "scripted/observation.rs::operations_are_counted_with_their_errors_and_latencies",
    ];
    "event listeners": { <fn(&ClientEvent<'_>) as ClientListener>::on_event } by [
        "scripted/observation.rs::a_listener_hears_of_connections_requests_and_retries_in_order",
    ];
    "tracing spans": {} by [
        "scripted/observation.rs::an_operation_is_a_span_that_names_cache_node_and_attempts",
    ];
}
