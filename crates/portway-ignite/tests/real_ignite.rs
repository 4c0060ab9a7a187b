//! The whole suite against a real Apache Ignite, named by `PORTWAY_TEST_IGNITE` as addresses with
//! commas between them. Without it each test passes and does nothing.

#[expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod real;
#[expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod suite;

use portway_ignite::{Client, ClientConfiguration};

async fn client() -> Option<Client> {
    let addresses = std::env::var("PORTWAY_TEST_IGNITE").ok()?;
    let configuration = ClientConfiguration::new(addresses.split(','));
    Some(
        Client::connect(configuration)
            .await
            .expect("PORTWAY_TEST_IGNITE names a running grid"),
    )
}

run_whole_suite!(crate::client);

/// What only real nodes have.
mod more {
    crate::run_real! {
        crate::client,
        cluster::{
            the_cluster_is_active_and_has_servers,
            a_group_has_the_nodes_with_an_attribute,
            a_data_center_has_the_nodes_that_belong_to_it,
            every_node_tells_where_it_listens,
            the_log_is_that_of_caches_on_disk,
            the_state_is_changed_and_back,
        },
        remote::{
            a_filter_on_the_nodes_decides_which_events_are_told,
            a_receiver_puts_streamed_entries_into_the_cache,
        },
        configuration::{
            every_property_comes_back,
            what_a_node_does_not_know_is_refused_here,
        },
        index_query::{a_filter_looks_at_what_the_index_found},
        invoke::{
            a_processor_changes_an_entry_and_answers,
            what_a_processor_throws_has_its_own_status,
            each_of_several_keys_has_its_own_outcome,
            a_scan_answers_what_its_filter_accepts,
        },
        versions::{
            every_version_reads_and_writes,
            every_version_asks_with_sql,
            what_a_version_lacks_is_refused_here,
        },
    }
}
