//! What was kept, for tables that are made of it.

use std::{fs::OpenOptions, io::Write as _, path::Path};

/// Names a folder: then each check that passes adds a line to the file `passed` there, with its name,
/// a tabulator, and the name of the transport, or the type, that it was given.
pub const RESULTS_VARIABLE: &str = "PORTWAY_CONFORMANCE_RESULTS";

/// Notes that `tried`, a transport or the type of one, has passed a check.
pub(crate) fn passed(check: &str, tried: &str) {
    let Some(folder) = std::env::var_os(RESULTS_VARIABLE) else {
        return;
    };
    let line = format!("{check}\t{tried}\n");
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .append(true)
        .open(Path::new(&folder).join("passed"));
    // One write of a short line: checks that run at the same time do not mix theirs.
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("the folder of the results can be written");
}
