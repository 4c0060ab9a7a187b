//! The services of the crate, its examples and its tests, made of their `.proto` files, are the
//! ones checked in.

#![expect(
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]

use std::{fs, path::Path};

use portway_rpc_build::{Builder, DESCRIPTORS};

/// Set to anything, it writes the files instead of comparing them.
const UPDATE: &str = "PORTWAY_UPDATE_GENERATED";

/// Makes `files` of `protos`, and compares them with those in the folder `generated`.
fn compare(generated: &str, protos: &[&str], files: &[&str]) {
    compare_with(Builder::new(), generated, protos, files);
}

/// As [`compare`], with what the builder was told.
fn compare_with(builder: Builder, generated: &str, protos: &[&str], files: &[&str]) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (includes, checked_in) = (crate_folder.join("proto"), crate_folder.join(generated));
    let folder = tempfile::tempdir().unwrap();
    builder
        .out_dir(folder.path())
        .compile(protos.iter().map(|proto| includes.join(proto)), [&includes])
        .unwrap();
    for name in files.iter().chain([&DESCRIPTORS]) {
        let made = fs::read(folder.path().join(name)).unwrap();
        if std::env::var_os(UPDATE).is_some() {
            fs::create_dir_all(&checked_in).unwrap();
            fs::write(checked_in.join(name), &made).unwrap();
        }
        let kept = fs::read(checked_in.join(name)).unwrap_or_default();
        assert!(
            made == kept,
            "{name} differs: run this test with {UPDATE}=1 and look at it"
        );
    }
}

#[test]
fn the_greeter_is_what_the_generator_makes() {
    compare("generated", &["hello.proto"], &["hello.rs"]);
}

#[test]
fn health_and_reflection_are_what_the_generator_makes() {
    let protos = [
        "grpc/health/v1/health.proto",
        "grpc/reflection/v1/reflection.proto",
        "grpc/reflection/v1alpha/reflection.proto",
    ];
    let files = [
        "grpc.health.v1.rs",
        "grpc.reflection.v1.rs",
        "grpc.reflection.v1alpha.rs",
    ];
    compare("generated/services", &protos, &files);
}

#[test]
fn the_interop_service_is_what_the_generator_makes() {
    compare(
        "generated/testing",
        &["grpc/testing/test.proto"],
        &["grpc.testing.rs"],
    );
}

#[test]
fn the_service_of_the_checks_is_what_the_generator_makes() {
    // What any transport is tried with carries bulk bytes.
    let builder = Builder::new()
        .payload("portway.conformance.Item.body")
        .payload("portway.conformance.Report.body");
    compare_with(
        builder,
        "generated/conformance",
        &["conformance.proto"],
        &["portway.conformance.rs"],
    );
}
