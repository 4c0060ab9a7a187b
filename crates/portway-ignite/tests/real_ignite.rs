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
