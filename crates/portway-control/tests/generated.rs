//! The code of the control API, made of its `.proto`, is the one checked in.

use std::{fs, path::Path};

/// Set to anything, it writes the files instead of comparing them.
const UPDATE: &str = "PORTWAY_UPDATE_GENERATED";

#[test]
fn what_is_checked_in_is_what_the_generator_makes() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (protos, checked_in) = (crate_folder.join("proto"), crate_folder.join("generated"));
    let folder = tempfile::tempdir().unwrap();
    portway_rpc_build::Builder::new()
        .out_dir(folder.path())
        .compile([protos.join("portway/control/v1/control.proto")], [&protos])
        .unwrap();
    for name in ["portway.control.v1.rs", portway_rpc_build::DESCRIPTORS] {
        let made = fs::read(folder.path().join(name)).unwrap();
        if std::env::var_os(UPDATE).is_some() {
            fs::write(checked_in.join(name), &made).unwrap();
        }
        let kept = fs::read(checked_in.join(name)).unwrap_or_default();
        assert!(
            made == kept,
            "{name} differs: run this test with {UPDATE}=1 and look at it"
        );
    }
}
