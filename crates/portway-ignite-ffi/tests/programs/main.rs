//! C programs as judges: compiled with all warnings, linked with the shared library, run against a
//! grid of this process and, if `PORTWAY_TEST_IGNITE` names one, against a real Apache Ignite.
//! Where valgrind is installed it looks for leaks and wrong accesses.

#[expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod program;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use program::Program;

/// The number of SIGABRT on every Unix.
const ABORTED: i32 = 6;

/// Declares one test for each C program.
macro_rules! programs {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            Program::compile(stringify!($name)).run_against_all_grids();
        }
    )+};
}

programs! {
    values;
    asynchronous;
    article;
    streams;
    transactions;
    objects;
    missing;
    near;
    sql;
    threads;
    endings;
    forks;
    limits;
    leaves;
    unloads;
    names;
    functions;
}

#[test]
fn a_callback_that_throws_ends_the_process() {
    let ended = Program::compile("throws").end();
    assert_eq!(ended.signal(), Some(ABORTED), "{ended}");
}

/// `PORTWAY_TEST_IGNITE_SECURED` is `ADDRESS,FOLDER`, the folder that of the node's certificates.
#[test]
fn a_node_with_tls_and_passwords_lets_in_who_proves_to_be_known() {
    if let Ok(named) = std::env::var("PORTWAY_TEST_IGNITE_SECURED") {
        let (address, folder) = named.split_once(',').expect("ADDRESS,FOLDER");
        Program::compile("secured").run_with_certificates(address, folder);
    }
}

#[test]
fn each_function_of_the_header_is_called_by_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = fs::read_dir(root.join("tests/c")).unwrap();
    let programs: String = sources
        .map(|source| fs::read_to_string(source.unwrap().path()).unwrap())
        .collect();
    let header = fs::read_to_string(root.join("include/ignite.h")).unwrap();
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let declared = header
        .lines()
        .filter(|line| !line.trim_start().starts_with(['/', '*']))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit(|character| !is_part(character)).next())
        .filter(|name| name.starts_with("ignite_"));
    let mut count = 0;
    for name in declared {
        count += 1;
        assert!(programs.contains(&format!("{name}(")), "{name}");
    }
    assert!(count > 100, "only {count} functions were found");
}
