//! `portway net run` between network namespaces: every mode, from a configuration file in CNDP's form.
//!
//! Skipped, with the reason, without root.

#![cfg(test)]

#[path = "../common/mod.rs"]
mod common;

mod control;
mod echo;
mod files;
mod forwarding;
mod interfaces;
mod kubernetes;
mod lab;
#[path = "../../../portway-xdp/tests/plugin/mod.rs"]
#[expect(
    dead_code,
    reason = "the tests of the handshake itself choose among all faults"
)]
mod plugin;
mod processes;
mod processors;
mod refusals;
mod routing;
mod veth;
