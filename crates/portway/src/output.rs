//! Data for other programs: everything that goes to stdout goes through here.

use std::{
    io::{self, IsTerminal, Write as _},
    iter,
};

/// The reader of our output went away, as `head` does; nothing is wrong and nothing is printed.
#[derive(Debug, thiserror::Error)]
#[error("the reader of the output went away")]
pub(crate) struct OutputClosed;

/// Writes `text` and a line feed to stdout at once.
///
/// # Errors
///
/// [`OutputClosed`] when nobody reads any more, otherwise what the system said.
pub(crate) fn print_line(text: &str) -> anyhow::Result<()> {
    print(format!("{text}\n").as_bytes())
}

/// Writes `value` as one line of JSON.
///
/// # Errors
///
/// As [`print_line`].
pub(crate) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print_line(&serde_json::to_string(value)?)
}

/// Writes bytes to stdout as they are.
///
/// # Errors
///
/// As [`print_line`].
pub(crate) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        result => Ok(result?),
    }
}

/// Writes a hint or another remark for people to stderr; a closed stderr is no error.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether colours are wanted there: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
pub(crate) fn is_coloured(stream: &impl IsTerminal) -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !is_unwanted
}

/// Cells below headings, in columns as wide as their widest cell; the last one is left as it is.
pub(crate) fn columns<const N: usize>(
    headings: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let rows: Vec<_> = iter::once(headings.map(str::to_owned))
        .chain(rows)
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let mut text = String::new();
    for row in &rows {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["laptop", "-"], ["a", "10.77.0.2/32"]].map(|row| row.map(str::to_owned));
        let text = columns(["NAME", "PREFIXES"], rows.into_iter());
        assert_eq!(text, "NAME    PREFIXES\nlaptop  -\na       10.77.0.2/32\n");
    }
}
