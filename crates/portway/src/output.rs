//! Data for other programs: everything that goes to stdout goes through here.

use std::io::{self, Write as _};

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
