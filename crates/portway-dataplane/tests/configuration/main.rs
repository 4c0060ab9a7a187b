//! Configuration files as their users write them.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod accepted;
mod examples;
mod generated;
mod rejected;
mod schema;

use portway_dataplane::config::{Configuration, Rejected, Source};

/// Reads a text on a machine whose interfaces have four queues each, and names that begin with `no` are of none.
fn parse(text: &str) -> Result<Configuration, Rejected> {
    parse_as("test.jsonc", text)
}

fn parse_as(name: &str, text: &str) -> Result<Configuration, Rejected> {
    let queues = |interface: &str| (!interface.starts_with("no")).then_some(4);
    Configuration::parse(&Source::new(name, text), queues)
}
