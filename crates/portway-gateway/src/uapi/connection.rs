//! One connection to the socket: reads requests, applies them, answers.

use std::{
    io::{self, Read as _, Write},
    os::unix::net::{UnixDatagram, UnixStream},
    time::Duration,
};

use zeroize::Zeroizing;

use super::{
    Device, RequestEvent, RequestParser,
    answer::{write_device, write_result},
};

/// How long the other side may be silent, or not read, before the connection is closed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of an answer that are written at once: a few hundred peers.
const WRITE_SIZE: usize = 128 * 1024;

/// Serves a connection until the other side closes it, is silent for too long or sends what
/// cannot be understood.
pub(super) fn serve(stream: &UnixStream, device: &dyn Device) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut parser = RequestParser::new(interface_index);
    loop {
        let length = match (&*stream).read(parser.free_space()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        if length == 0 {
            return abandon(&mut parser, device);
        }
        parser.filled(length);
        while let Some(event) = parser.poll() {
            handle_event(event, &mut parser, stream, device)?;
        }
        if parser.is_broken() {
            return Ok(());
        }
    }
}

/// Asks the system for the index of an interface.
fn interface_index(name: &str) -> Option<u32> {
    // Any socket will do for the question.
    let socket = UnixDatagram::unbound().ok()?;
    rustix::net::netdevice::name_to_index(&socket, name).ok()
}

/// Applies the whole lines of a request whose sender went away, as wireguard-go does.
fn abandon(parser: &mut RequestParser, device: &dyn Device) -> io::Result<()> {
    if let Some(changes) = parser.abandon()
        && let Err(errno) = device.apply(changes)
    {
        tracing::warn!(?errno, "a change without an end on the UAPI socket failed");
    }
    Ok(())
}

fn handle_event(
    event: RequestEvent,
    parser: &mut RequestParser,
    stream: &UnixStream,
    device: &dyn Device,
) -> io::Result<()> {
    let mut answer = AnswerWriter::new(stream);
    match event {
        RequestEvent::Apply(changes) => {
            if let Err(errno) = device.apply(changes) {
                parser.reject(errno);
            }
            return Ok(());
        }
        RequestEvent::Get => write_snapshot(&mut answer, device)?,
        RequestEvent::SetDone(result) => write_result(&mut answer, result)?,
        RequestEvent::Refused(reason) | RequestEvent::Broken(reason) => {
            tracing::warn!(%reason, "refused a request on the UAPI socket");
            write_result(&mut answer, Err(reason.errno()))?;
        }
    }
    answer.flush()
}

fn write_snapshot(answer: &mut AnswerWriter<'_>, device: &dyn Device) -> io::Result<()> {
    match device.snapshot() {
        Ok(snapshot) => {
            write_device(answer, &snapshot)?;
            write_result(answer, Ok(()))
        }
        Err(errno) => write_result(answer, Err(errno)),
    }
}

/// Gathers an answer into few large writes, in a buffer that is erased afterwards.
struct AnswerWriter<'a> {
    stream: &'a UnixStream,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'a> AnswerWriter<'a> {
    fn new(stream: &'a UnixStream) -> Self {
        Self {
            stream,
            buffer: Zeroizing::default(),
        }
    }
}

impl Write for AnswerWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > WRITE_SIZE {
            self.flush()?;
        }
        if self.buffer.capacity() == 0 {
            // Whole from the start, so that growing leaves no copy of a key behind.
            self.buffer.reserve_exact(WRITE_SIZE);
        }
        let length = bytes.len().min(WRITE_SIZE);
        self.buffer.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_found_by_its_name() {
        assert_eq!(interface_index("lo"), Some(1));
        assert_eq!(interface_index("no-such-interface"), None);
    }
}
