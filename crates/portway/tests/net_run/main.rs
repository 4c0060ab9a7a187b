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
mod lab;
mod routing;
