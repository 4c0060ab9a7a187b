//! The comparison of clients in the guide (`src/guide/clients.md`): what it says of this one is
//! proved, row by row.
//!
//! Each row names items of this crate, which are compiled here, and tests, which must be there. So a
//! row falls with its proof, and a row without one is found.

mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portway_ignite::protocol;

use rows::ROWS;

#[test]
fn every_row_of_the_comparison_has_its_proof() {
    let shown: BTreeSet<String> = table().into_iter().map(|row| row[0].clone()).collect();
    let proved: BTreeSet<String> = ROWS.iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(shown, proved, "the table and the proofs list other rows");
}

#[test]
fn every_proof_is_there_and_is_run() {
    for row in ROWS {
        for test in row.tests {
            let (file, function) = test.split_once("::").unwrap();
            let found = read(file).contains(&format!("fn {function}("));
            assert!(found, "{}: {test} is gone", row.name);
            if let Some(list) = list_of(file) {
                let listed = read(list).contains(&format!("{function},"));
                assert!(listed, "{}: {test} is not in {list}", row.name);
            }
        }
    }
}

#[test]
fn the_table_claims_of_this_client_what_is_proved_and_is_whole() {
    for row in table() {
        assert!(
            row[1].starts_with('+'),
            "{}: a row proves what is there",
            row[0]
        );
        assert_eq!(row.len(), 9, "{}: one cell for each client", row[0]);
    }
}

#[test]
fn every_feature_of_the_protocol_is_offered() {
    let offered = protocol::Features::SUPPORTED;
    for feature in protocol::Feature::ALL {
        assert!(offered.contains(*feature), "{feature:?}");
    }
}

/// The cells of the rows below the heading.
fn table() -> Vec<Vec<String>> {
    let page = include_str!("../../src/guide/clients.md");
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.skip(2).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim_matches('|');
    inner
        .split('|')
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// Where the tests of a file are listed, if they do not run by themselves.
fn list_of(file: &str) -> Option<&'static str> {
    match Path::new(file).parent()?.to_str()? {
        "suite" => Some("suite/mod.rs"),
        "real" => Some("real_ignite.rs"),
        _ => None,
    }
}

fn read(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
