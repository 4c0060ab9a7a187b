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
        compute::{
            a_task_is_given_its_argument_and_answers,
            an_object_goes_through_a_task,
            a_task_runs_on_the_nodes_it_is_offered,
            a_task_that_fails_says_why,
            a_task_that_takes_too_long_is_ended,
            a_dropped_task_is_cancelled,
            many_tasks_run_at_once,
        },
        services::{
            a_method_is_given_arguments_of_many_types,
            of_methods_with_one_name_the_types_choose,
            a_call_brings_its_attributes,
            a_method_that_throws_says_why,
            a_call_goes_to_the_nodes_it_is_told,
            services_are_described,
            a_call_that_takes_too_long_is_given_up,
        },
        streamer::{
            what_was_flushed_is_stored,
            without_overwriting_a_key_keeps_its_value,
            with_overwriting_values_are_replaced_and_removed,
            entries_are_sent_after_the_interval_by_themselves,
            entries_that_cannot_be_stored_are_handed_back,
            many_tasks_share_one_streamer,
        },
    }
}
