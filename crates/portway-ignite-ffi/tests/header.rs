//! The committed header is what the sources say.

use std::path::Path;

/// Set it to write the header anew instead of comparing it.
const RENEW: &str = "PORTWAY_RENEW";

#[test]
fn the_committed_header_is_made_from_these_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let configuration = cbindgen::Config::from_file(root.join("cbindgen.toml"))
        .expect("the generator's settings can be read");
    let bindings = cbindgen::generate_with_config(root, configuration)
        .expect("the sources can be turned into a header");
    let mut made = Vec::new();
    bindings.write(&mut made);
    let path = root.join("include/ignite.h");
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, &made).expect("the header can be written");
    }
    let committed = std::fs::read(&path).unwrap_or_default();
    assert!(
        committed == made,
        "include/ignite.h is not up to date; run the test again with {RENEW}=1 and commit it"
    );
}
