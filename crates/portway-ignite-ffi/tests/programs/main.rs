//! C programs as judges: compiled with all warnings, linked with the shared library, run against a
//! grid of this process and, if `PORTWAY_TEST_IGNITE` names one, against a real Apache Ignite.
//! Where valgrind is installed it looks for leaks and wrong accesses.

#[expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test may unwrap: its panic is the report"
)]
mod program;

use program::Program;

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
    near;
    sql;
}
