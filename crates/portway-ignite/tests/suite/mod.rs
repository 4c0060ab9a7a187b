//! What every grid must do, whoever made it. Each file is one subject; the test binaries run all
//! of them against one kind of grid.

pub(crate) mod activity;
pub(crate) mod administration;
pub(crate) mod cache_tables;
pub(crate) mod compute;
pub(crate) mod conflict;
pub(crate) mod continuous;
pub(crate) mod dynamic;
pub(crate) mod index_query;
pub(crate) mod key_value;
pub(crate) mod missing;
pub(crate) mod near;
pub(crate) mod objects;
pub(crate) mod scan;
pub(crate) mod services;
pub(crate) mod sql;
pub(crate) mod sql_batch;
pub(crate) mod sql_rows;
pub(crate) mod streamer;
pub(crate) mod structures;
pub(crate) mod timeouts;
pub(crate) mod watch;

use std::cell::RefCell;
use std::time::Duration;

use portway_ignite::{Cache, CacheConfiguration, Client, ReadValue, WriteValue};

/// Longer than anything here takes, shorter than anyone waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

thread_local! {
    /// What the test of this thread made, to be removed at its end.
    static MADE: RefCell<Vec<Made>> = const { RefCell::new(Vec::new()) };
}

/// What takes memory of the nodes until it is removed.
enum Made {
    Cache(String),
    /// Its cache ends by a statement alone.
    Table(String),
}

/// A fresh cache under a name that no other test has, also not in an earlier run. It is destroyed
/// after the test.
pub(crate) async fn fresh_cache<K, V>(client: &Client, subject: &str) -> Cache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    let name = unique(subject);
    destroy_after_test(&name);
    let configuration = CacheConfiguration::new(name);
    client.create_cache(configuration).await.unwrap()
}

/// Has a cache that the test of this thread makes destroyed at its end.
pub(crate) fn destroy_after_test(name: &str) {
    MADE.with_borrow_mut(|made| made.push(Made::Cache(name.to_owned())));
}

/// Has a table that the test of this thread makes dropped at its end.
pub(crate) fn drop_after_test(table: &str) {
    MADE.with_borrow_mut(|made| made.push(Made::Table(table.to_owned())));
}

/// Runs a test, and removes what it made however it ends.
pub(crate) async fn run(client: Client, test: impl Future<Output = ()> + 'static) {
    // On this thread, which knows what was made; a panic ends the task alone.
    let task = async { tokio::task::spawn_local(soon(test)).await };
    let ended = tokio::task::LocalSet::new().run_until(task).await;
    for made in MADE.take() {
        // A test may have removed it itself, not have come so far, or have closed the client.
        let _ = match made {
            Made::Cache(name) => client.destroy_cache(&name).await,
            Made::Table(name) => {
                let statement = format!("DROP TABLE IF EXISTS {name}");
                client.execute(&statement).await.map(drop)
            }
        };
    }
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// As [`fresh_cache`], for watches and near caches, which begin their queries again by themselves:
/// it stays, because a node of 2.17 locks up if it is destroyed meanwhile. All that stay are one
/// group, since a group takes memory of the nodes for its partitions, but a cache in it only for
/// its entries. None of them may be destroyed while a query on it is registered: the next write to
/// another cache of the group would halt the node.
pub(crate) async fn lasting_cache<K, V>(client: &Client, subject: &str) -> Cache<K, V>
where
    K: WriteValue + ReadValue,
    V: WriteValue + ReadValue,
{
    let mut configuration = CacheConfiguration::new(unique(subject));
    configuration.group = Some("lasting".to_owned());
    client.create_cache(configuration).await.unwrap()
}

/// A name that nothing else has, also not in an earlier run.
pub(crate) fn unique(subject: &str) -> String {
    format!("{subject}-{}", uuid::Uuid::new_v4())
}

/// Waits for a future, but not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it should happen soon")
}

/// Declares one test for each function of the suite; `$client` is awaited for a client, or `None`
/// to skip.
#[macro_export]
macro_rules! run_suite {
    ($client:path, $($subject:ident::{$($test:ident),+ $(,)?}),+ $(,)?) => {$(
        mod $subject {
            $(
                #[tokio::test]
                async fn $test() {
                    if let Some(client) = $client().await {
                        let test = $crate::suite::$subject::$test(client.clone());
                        $crate::suite::run(client, test).await;
                    }
                }
            )+
        }
    )+};
}

/// Lists the whole suite once for all kinds of grids.
#[macro_export]
macro_rules! run_whole_suite {
    ($client:path) => {
        $crate::run_suite! {
            $client,
            activity::{
                connections_are_shown,
                a_transaction_is_shown_and_killed,
                a_continuous_query_is_shown_and_killed,
                an_open_scan_is_shown,
                a_statement_is_shown_while_its_rows_are_fetched,
                a_statement_that_runs_is_shown_and_killed,
            },
            administration::{
                a_cache_is_made_named_read_and_destroyed,
                a_second_cache_of_one_name_is_refused,
                an_unknown_cache_is_named_by_its_status,
                the_cluster_is_active,
                a_configuration_is_stored_with_its_query_entities,
                a_cache_is_made_by_its_name_alone,
            },
            cache_tables::{
                a_table_its_columns_and_indexes_have_names_without_being_given_any,
                a_configuration_tells_columns_as_they_were_when_the_table_was_made,
                a_table_of_plain_values_has_an_index_of_the_value,
                a_table_whose_key_is_no_column_is_refused,
                caches_of_a_group_have_the_same_number_of_copies,
                a_key_of_another_class_than_its_table_has_is_refused,
                a_table_without_columns_shows_key_and_value,
                plain_values_are_compared_and_ordered,
                a_cache_without_tables_has_no_schema,
                partitions_that_cannot_be_and_empty_statements_are_refused,
                a_size_counts_the_copies_that_are_asked_for,
            },
            compute::{
                a_task_is_given_its_argument_and_answers,
                an_object_goes_through_a_task,
                a_task_runs_on_the_nodes_it_is_offered,
                a_task_that_fails_says_why,
                a_task_that_takes_too_long_is_ended,
                a_dropped_task_is_cancelled,
                many_tasks_run_at_once,
            },
            conflict::{
                an_entry_of_another_cluster_is_written_and_removed,
                an_entry_of_another_cluster_expires_when_it_does_there,
            },
            continuous::{
                every_kind_of_event_is_told_in_order,
                an_expired_entry_is_told,
                a_dropped_stream_ends_on_the_server,
                many_events_arrive_without_loss,
            },
            dynamic::{
                a_field_of_each_type_comes_back,
                enumerations_are_values_and_keys_and_have_members,
                a_built_object_is_stored_and_read_by_field_names,
                a_built_object_is_a_key,
                a_field_that_changes_its_type_is_named,
                a_list_goes_where_an_object_is_declared,
                an_enumeration_of_run_time_is_registered,
                what_cannot_be_written_is_refused_before_it_is_sent,
            },
            index_query::{
                every_criterion_finds_its_entries,
                entries_come_in_the_order_of_the_index_and_up_to_the_limit,
                a_null_is_a_value_of_an_index,
                an_index_query_pages_and_is_closed_when_dropped,
            },
            key_value::{
                one_key_is_written_read_and_removed,
                conditional_changes_depend_on_what_is_there,
                many_keys_travel_in_one_request,
                clearing_removes_entries,
                values_of_every_type_come_back,
                entries_expire_as_their_handle_says,
                many_requests_of_many_clones_share_one_connection,
                a_value_of_another_type_is_a_decode_error,
                a_large_value_comes_back,
                what_is_where_is_told,
            },
            missing::{
                an_operation_makes_the_cache_that_it_misses,
                a_missing_cache_gets_its_configuration_and_the_name_of_the_handle,
                a_destroyed_cache_is_made_again,
                of_many_operations_that_miss_a_cache_few_make_it,
                inside_of_a_transaction_no_cache_is_made,
                a_streamer_makes_the_cache_that_it_misses,
                a_watch_makes_the_cache_that_it_misses,
                a_near_cache_makes_the_cache_that_it_misses,
                why_a_missing_cache_cannot_be_made_is_told,
            },
            near::{
                what_was_cleared_through_it_is_gone,
                a_second_read_does_not_ask_the_grid,
                changes_of_others_are_seen,
                own_writes_are_seen_at_once,
                a_key_without_value_is_known_until_it_has_one,
                an_expired_entry_goes,
                what_is_kept_is_bounded,
                readers_of_one_key_share_one_question,
                what_the_grid_does_not_tell_is_dropped_by_hand,
                what_is_too_old_is_read_again,
                a_cache_that_is_read_from_backups_is_refused,
                a_dropped_near_cache_ends_its_query,
            },
            objects::{
                a_structure_is_a_value_and_a_key,
                a_field_that_came_later_is_absent_in_older_objects,
                an_object_without_a_structure_is_read_by_field_names,
            },
            scan::{
                a_scan_pages_through_all_entries,
                an_empty_cache_has_no_entries,
                a_dropped_cursor_is_closed_on_the_server,
                abandoned_scans_and_queries_leave_nothing_behind,
                the_partitions_together_are_the_cache,
            },
            services::{
                a_method_is_given_arguments_of_many_types,
                of_methods_with_one_name_the_types_choose,
                a_call_brings_its_attributes,
                a_method_that_throws_says_why,
                what_is_wrong_with_a_call_is_told_in_the_same_words,
                a_call_goes_to_the_nodes_it_is_told,
                services_are_described,
                a_call_that_takes_too_long_is_given_up,
            },
            sql::{
                a_table_is_made_filled_and_asked,
                an_error_has_its_sql_state,
                every_option_is_understood_by_the_server,
                a_statement_of_the_wrong_kind_is_refused,
                a_query_over_its_time_is_ended,
                a_cache_is_a_schema_and_a_table,
                the_older_form_of_sql_answers_entries,
            },
            sql_batch::{
                every_row_of_a_batch_is_carried_out,
                the_rows_that_failed_are_named,
                a_batch_for_no_table_fails_row_by_row,
            },
            sql_rows::{
                rows_page_through_a_result_in_order,
                a_dropped_cursor_is_closed_on_the_server,
                values_of_every_sql_type_are_read,
                rows_become_tuples_and_structures,
                a_structure_of_rows_may_be_one_of_values_with_defaults,
                a_column_that_is_not_there_is_named,
                objects_are_read_from_a_column,
                no_more_rows_come_than_are_wanted,
            },
            timeouts::{
                what_comes_too_late_is_refused_and_changes_nothing,
                a_transaction_without_operations_ends_with_its_time_too,
                an_operation_waits_no_longer_than_its_transaction,
            },
            streamer::{
                what_was_flushed_is_stored,
                without_overwriting_a_key_keeps_its_value,
                with_overwriting_values_are_replaced_and_removed,
                a_removal_needs_to_be_allowed,
                entries_are_sent_after_the_interval_by_themselves,
                entries_that_cannot_be_stored_are_handed_back,
                many_tasks_share_one_streamer,
            },
            structures::{
                a_number_is_changed_by_each_operation,
                a_number_is_shared_and_removed_for_all,
                many_tasks_count_without_losing_one,
                a_set_has_each_value_once,
                a_walk_pages_through_a_set,
                objects_are_values_of_a_set,
                a_set_is_found_and_removed_for_all,
                sets_of_one_name_are_as_many_as_their_options,
                a_number_and_a_set_of_a_group_have_different_names,
            },
            watch::{
                a_watch_finds_what_is_there_and_follows,
                a_copy_built_during_writes_is_true,
            },
        }
    };
}
