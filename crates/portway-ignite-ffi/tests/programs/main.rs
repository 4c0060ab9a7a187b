//! C programs as judges: compiled with all warnings, linked with the shared library, run against a
//! grid of this process and, if `PORTWAY_TEST_IGNITE` names one, against a real Apache Ignite.
//! Where valgrind is installed it looks for leaks and wrong accesses.

#[expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod program;

use std::os::unix::process::ExitStatusExt;

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
