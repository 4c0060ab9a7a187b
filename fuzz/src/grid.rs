//! SQL as clients of a grid send it.

/// What a grid does with a text of statements, one in each line: carry them out or refuse them.
pub fn grid_sql(input: &[u8]) {
    portway_grid::fuzzing::sql(&String::from_utf8_lossy(input));
}
