//! What is wrong is told with its place, what is legal and what may have been meant.
//!
//! Each file of `rejected` has its message beside it. `UPDATE_MESSAGES=1 cargo test` writes them anew.

use std::{fs, path::Path};

use super::{parse, parse_as};

#[test]
fn every_rejected_file_gets_its_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configuration/rejected");
    let update = std::env::var_os("UPDATE_MESSAGES").is_some();
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "jsonc")
        {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let rejected = parse_as(name, &fs::read_to_string(&path).unwrap()).expect_err(name);
        let told = format!("{rejected}\n");
        let message = path.with_extension("txt");
        if update {
            fs::write(&message, &told).unwrap();
        }
        let expected = fs::read_to_string(&message).unwrap_or_default();
        assert_eq!(told, expected, "{name}");
        files += 1;
    }
    assert!(files >= 8, "only {files} files");
}

#[test]
fn an_abbreviated_key_is_refused_with_the_whole_word() {
    let rejected = parse(
        r#"{ "umems": { "u": { "bufcnt": 1 } },
             "lports": { "a:0": { "pmd": "net_null", "um": "u" } } }"#,
    );
    let rejected = rejected.unwrap_err();
    let help: Vec<_> = rejected
        .diagnostics()
        .iter()
        .map(|found| found.help())
        .collect();
    assert!(
        help.contains(&Some("keys are written out: `umem`")),
        "{rejected}"
    );
}

#[test]
fn memif_is_refused_by_name() {
    let rejected = parse(
        r#"{ "umems": { "u": { "bufcnt": 1 } },
             "lports": { "a:0": { "pmd": "net_memif_socket:client", "umem": "u" } } }"#,
    );
    let told = rejected.unwrap_err().to_string();
    assert!(
        told.contains("there is no driver `net_memif_socket`"),
        "{told}"
    );
    assert!(told.contains("memif) is not supported"), "{told}");
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{{\"users\": {}", "[".repeat(100_000));
    let told = parse(&deep).unwrap_err().to_string();
    assert!(told.contains("nesting"), "{told}");
}

#[test]
fn a_file_beyond_the_limit_is_refused_unread() {
    let long = " ".repeat(portway_dataplane::config::SOURCE_LIMIT + 1);
    let told = parse(&long).unwrap_err();
    assert_eq!(
        told.diagnostics()[0].message(),
        "the file is longer than 64 MiB"
    );
}
