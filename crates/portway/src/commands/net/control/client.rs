//! Asks a `portway net run`.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use serde_json::Value;

use super::{Request, protocol::LONGEST_LINE};
use crate::failure::{Advise as _, Advised};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Gives the answer of the process that listens at `path`.
///
/// # Errors
///
/// Nobody answers, or it refuses.
pub(crate) fn ask(path: &Path, request: &Request) -> Result<Value, Advised> {
    let answer = exchange(path, request).advise(
        format_args!("no answer from {}", path.display()),
        "is that process still running, and yours? Its ready line names its socket",
    )?;
    if answer["ok"] == true {
        return Ok(answer);
    }
    let reason = answer["error"].as_str().unwrap_or("it gives no reason");
    Err(Advised::failed(
        format_args!("{} refuses: {reason}", path.display()),
        "docs/commands.md says what can be asked for",
    ))
}

fn exchange(path: &Path, request: &Request) -> io::Result<Value> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = Vec::new();
    BufReader::new(stream.take(LONGEST_LINE as u64)).read_until(b'\n', &mut answer)?;
    Ok(serde_json::from_slice(&answer)?)
}
