//! `portway sql` against `portway grid`; against Apache Ignite where `PORTWAY_TEST_IGNITE` names a node.

#![cfg(test)]
#![cfg(unix)]

mod common;

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use common::{Finished, Place, Running};

const SCRIPT: &str = "\
-- A table of each kind of value
DROP TABLE IF EXISTS Shell_Person;
CREATE TABLE Shell_Person (id INT PRIMARY KEY, name VARCHAR, born DATE, amount DECIMAL(10,2));
INSERT INTO Shell_Person (id, name, born, amount)
    VALUES (1, 'Ada; \"x\"', DATE '1815-12-10', 1.50);
INSERT INTO Shell_Person (id, name) VALUES (2, 'Bo');
SELECT id, name, amount FROM Shell_Person ORDER BY id
";

/// Where to ask, each test in tables of its own: a grid of this test's own, and a real node where there is one.
fn grids(place: &Place) -> (Running, Vec<String>) {
    let grid = place.start(&["grid", "--listen", "127.0.0.1:0"]);
    let mut addresses = vec![grid.value("listen").to_owned()];
    addresses.extend(std::env::var("PORTWAY_TEST_IGNITE"));
    (grid, addresses)
}

/// Runs `portway sql` with a script on stdin.
fn run_script(place: &Place, arguments: &[&str], script: &str) -> Finished {
    let mut command: Command = place.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("portway starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin
        .write_all(script.as_bytes())
        .expect("the script is read");
    drop(stdin);
    Finished::new(&child.wait_with_output().expect("portway ends"))
}

#[test]
fn a_script_on_stdin_is_run_to_its_end_in_every_form() {
    let place = Place::new();
    let (_grid, addresses) = grids(&place);
    for address in &addresses {
        let aligned = run_script(&place, &["sql", address], SCRIPT);
        assert_eq!(aligned.code, Some(0), "{}", aligned.stderr);
        let rows = " ID | NAME     | AMOUNT\n----+----------+--------\n  \
                    1 | Ada; \"x\" |   1.50\n  2 | Bo       | NULL\n(2 rows)\n";
        assert!(aligned.stdout.ends_with(rows), "{}", aligned.stdout);
        let csv = run_script(&place, &["sql", address, "--csv"], SCRIPT);
        assert_eq!(
            csv.stdout,
            "ID,NAME,AMOUNT\n1,\"Ada; \"\"x\"\"\",1.50\n2,Bo,\n"
        );
        let json = run_script(&place, &["sql", address, "--json"], SCRIPT);
        let rows = "{\"ID\":1,\"NAME\":\"Ada; \\\"x\\\"\",\"AMOUNT\":\"1.50\"}\n\
                    {\"ID\":2,\"NAME\":\"Bo\",\"AMOUNT\":null}\n";
        assert!(json.stdout.ends_with(rows), "{}", json.stdout);
    }
}

#[test]
fn the_first_statement_that_fails_ends_a_script_with_1() {
    let place = Place::new();
    let (_grid, addresses) = grids(&place);
    for address in &addresses {
        let script = "SELECT x FROM Nowhere; CREATE TABLE Never (id INT PRIMARY KEY, v INT);";
        run_script(&place, &["sql", address], script).refused(1, &["42000"]);
        let tables = place.run(&["sql", address, "--csv", "-c", "\\d"]);
        assert!(!tables.stdout.contains("NEVER"), "{}", tables.stdout);
    }
}

#[test]
fn tables_their_columns_and_indexes_are_described() {
    let place = Place::new();
    let (_grid, addresses) = grids(&place);
    for address in &addresses {
        run_script(
            &place,
            &["sql", address],
            &SCRIPT.replace("Shell_Person", "Described"),
        );
        let described = place.run(&["sql", address, "--csv", "-c", "\\d described"]);
        for text in ["BORN,java.sql.Date", "ID,java.lang.Integer", "_key_PK"] {
            assert!(described.stdout.contains(text), "{}", described.stdout);
        }
        let tables = place.run(&["sql", address, "--csv", "-c", "\\d"]);
        let line = "PUBLIC,DESCRIBED,SQL_PUBLIC_DESCRIBED";
        assert!(tables.stdout.contains(line), "{}", tables.stdout);
    }
}

#[test]
fn a_grid_that_is_not_there_is_an_error_with_advice() {
    let place = Place::new();
    place
        .run(&["sql", "127.0.0.1:1", "-c", "SELECT 1"])
        .refused(1, &["cannot reach the grid at 127.0.0.1:1", "portway grid"]);
}
