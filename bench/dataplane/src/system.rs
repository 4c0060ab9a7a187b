//! The one look at what a system call answered.

use std::io;

/// The answer, or the error that the system noted.
pub(crate) fn checked<Answer: Into<i64> + Copy>(answer: Answer) -> io::Result<i64> {
    let answer = answer.into();
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(answer)
}
