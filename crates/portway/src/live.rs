//! Lines that a terminal shows while a command runs, drawn anew again and again. What is logged appears above them.

use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::termios::tcgetwinsize;

/// What a terminal has that does not tell its size.
const USUAL_SIZE: (usize, usize) = (24, 80);

/// The lines that are on the screen now, above the cursor.
static SHOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The screen, which stderr is. Dropping it wipes the lines.
#[derive(Debug)]
pub(crate) struct Screen(());

impl Screen {
    /// Shows nothing yet.
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Shows these lines in place of those before, cut to the size of the terminal.
    pub(crate) fn draw(&self, text: &str) {
        let mut shown = lock();
        let lines = fitting(text, size());
        // Nothing is left to tell anybody when stderr is gone.
        let _ = replace(&mut io::stderr(), &mut shown, lines, b"");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = replace(&mut io::stderr(), &mut lock(), Vec::new(), b"");
    }
}

/// Writes to stderr, above the lines that are shown there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Above;

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut shown = lock();
        if shown.is_empty() {
            return io::stderr().write(bytes);
        }
        let lines = shown.clone();
        replace(&mut io::stderr(), &mut shown, lines, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn lock() -> MutexGuard<'static, Vec<String>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wipes the lines that are shown, writes what is to stay, and shows others. In one piece, so that nothing flickers.
fn replace(
    terminal: &mut impl Write,
    shown: &mut Vec<String>,
    lines: Vec<String>,
    staying: &[u8],
) -> io::Result<()> {
    let mut bytes = Vec::new();
    if !shown.is_empty() {
        // Up to the first of them, and away with everything from there on.
        bytes.extend(format!("\r\x1b[{}A\x1b[J", shown.len()).into_bytes());
    }
    bytes.extend(staying);
    for line in &lines {
        bytes.extend(line.as_bytes());
        bytes.push(b'\n');
    }
    *shown = lines;
    terminal.write_all(&bytes)?;
    terminal.flush()
}

/// Rows and columns.
fn size() -> (usize, usize) {
    let size = tcgetwinsize(io::stderr()).map(|size| (size.ws_row.into(), size.ws_col.into()));
    size.ok()
        .filter(|(rows, columns)| *rows > 0 && *columns > 0)
        .unwrap_or(USUAL_SIZE)
}

/// The lines of a text as far as they fit: what has left the screen could not be wiped. The cursor has the last row.
fn fitting(text: &str, (rows, columns): (usize, usize)) -> Vec<String> {
    let cut = |line: &str| line.chars().take(columns).collect::<String>();
    let mut lines: Vec<String> = text.lines().map(cut).collect();
    let room = rows.saturating_sub(1).max(1);
    if lines.len() > room {
        let hidden = lines.len() + 1 - room;
        lines.truncate(room - 1);
        lines.push(cut(&format!("... and {hidden} lines more")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_take_the_place_of_those_before_and_the_log_stays_above_them() {
        let (mut terminal, mut shown) = (Vec::new(), Vec::new());
        replace(&mut terminal, &mut shown, lines("a\nb"), b"").unwrap();
        replace(&mut terminal, &mut shown, lines("c"), b"logged\n").unwrap();
        replace(&mut terminal, &mut shown, Vec::new(), b"").unwrap();
        let written = String::from_utf8(terminal).unwrap();
        assert_eq!(written, "a\nb\n\r\x1b[2A\x1b[Jlogged\nc\n\r\x1b[1A\x1b[J");
        assert!(shown.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_cut_and_counted() {
        let text = "first line\nsecond\nthird\nfourth";
        assert_eq!(fitting(text, (5, 5))[0], "first");
        assert_eq!(
            fitting(text, (4, 80)),
            ["first line", "second", "... and 2 lines more"]
        );
        assert_eq!(fitting(text, (1, 80)), ["... and 4 lines more"]);
    }
}
