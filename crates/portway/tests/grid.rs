//! `portway grid` as its operator uses it.

#![cfg(test)]
#![cfg(unix)]

mod common;

use common::{Place, Running};

const SERVE: [&str; 3] = ["grid", "--listen", "127.0.0.1:0"];

fn start(place: &Place, data: &str) -> Running {
    place.start(&[&SERVE[..], &["--data", data]].concat())
}

fn names(place: &Place, address: &str) -> String {
    let asked = place.run(&[
        "sql",
        address,
        "--csv",
        "-c",
        "SELECT name FROM Guest ORDER BY id",
    ]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    asked.stdout
}

#[test]
fn a_snapshot_of_a_grid_that_runs_is_restored_by_starting_a_grid_on_it() {
    let place = Place::new();
    let grid = start(&place, "data");
    let address = grid.value("listen").to_owned();
    let sql = |statement: &str| {
        let done = place.run(&["sql", &address, "-c", statement]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
    };
    sql("CREATE TABLE Guest (id INT PRIMARY KEY, name VARCHAR)");
    sql("INSERT INTO Guest VALUES (1, 'Ada')");
    let made = place.run(&["grid", "snapshot", "monday", &address]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    sql("INSERT INTO Guest VALUES (2, 'Bo')");

    let folder = made.stdout.trim_end();
    assert_eq!(folder, format!("{}/snapshots/monday", grid.value("data")));
    let restored = start(&place, folder);
    assert_eq!(names(&place, restored.value("listen")), "NAME\nAda\n");
    assert_eq!(names(&place, &address), "NAME\nAda\nBo\n");
}

#[test]
fn why_there_is_no_snapshot_is_told_with_the_name() {
    let place = Place::new();
    let in_memory = place.start(&SERVE);
    let made = place.run(&["grid", "snapshot", "monday", in_memory.value("listen")]);
    made.refused(1, &["no snapshot monday", "in memory alone"]);

    let grid = start(&place, "data");
    let made = place.run(&["grid", "snapshot", "../monday", grid.value("listen")]);
    made.refused(1, &["no snapshot ../monday", "the name of a snapshot has"]);
    let made = place.run(&["grid", "snapshot", "--data", "nowhere", "monday"]);
    made.refused(1, &["cannot reach the grid"]);
    let made = place.run(&["grid", "snapshot"]);
    made.refused(2, &["<NAME>"]);
}
