//! A look at an interface through its control socket, quicker than a run of `wg`.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
};

/// Where the control socket of an interface is.
pub(crate) fn socket(interface: &str) -> PathBuf {
    PathBuf::from(format!("/var/run/wireguard/{interface}.sock"))
}

/// How many peers the interface has now.
///
/// # Errors
///
/// Fails when nothing answers.
pub(crate) fn peer_count(interface: &str) -> anyhow::Result<usize> {
    let mut stream = UnixStream::connect(socket(interface))?;
    stream.write_all(b"get=1\n\n")?;
    let mut answer = Vec::new();
    let mut buffer = [0; 65536];
    while !answer.ends_with(b"\n\n") {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..length]);
    }
    let text = String::from_utf8_lossy(&answer);
    Ok(text
        .lines()
        .filter(|line| line.starts_with("public_key="))
        .count())
}
