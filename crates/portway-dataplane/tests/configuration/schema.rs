//! The published schema.

use std::{fs, path::Path};

use portway_dataplane::config::schema;

/// `UPDATE_MESSAGES=1 cargo test` writes it anew.
#[test]
fn the_published_schema_is_the_one_that_the_reader_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/configuration.json");
    let generated = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &generated).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), generated);
}
