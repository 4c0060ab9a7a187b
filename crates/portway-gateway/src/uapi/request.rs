//! Requests, one after the other, out of a stream of bytes.

use std::mem;

use super::{
    Errno, Malformed,
    line::LineBuffer,
    set::{InterfaceIndex, SetLines},
};
use crate::Change;

/// The most lines of one request: a million peers, the most that a device has anywhere, with
/// sixteen lines each.
const MOST_LINES: u32 = 16 << 20;

/// What the owner of the stream does next.
#[derive(Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestEvent {
    /// Apply these changes; if that fails, tell [`RequestParser::reject`].
    Apply(Vec<Change>),
    /// A get request is whole: answer with the device.
    Get,
    /// A set request has ended: answer with this result.
    SetDone(Result<(), Errno>),
    /// A request that cannot be understood has ended: answer with its errno.
    Refused(Malformed),
    /// As `Refused`, but what follows cannot be understood either: answer, then close.
    Broken(Malformed),
}

/// Reads requests. It owns no socket: the owner of one reads into
/// [`free_space`](Self::free_space), tells [`filled`](Self::filled), and then takes events from
/// [`poll`](Self::poll) until there is none.
///
/// It never holds more than its buffer and one batch of changes, however long a request is.
pub struct RequestParser {
    buffer: LineBuffer,
    state: State,
    lines: u32,
    index_of: InterfaceIndex,
}

enum State {
    /// Before the first line of a request.
    Start,
    /// After `get=1`; what is wrong with the lines after it.
    Get(Option<Malformed>),
    Set(SetRequest),
    /// What follows cannot be understood, and is not read.
    Broken,
}

impl Default for RequestParser {
    fn default() -> Self {
        Self::new(|_| None)
    }
}

impl RequestParser {
    /// Waits for a first request. `index_of` tells the index of an interface by its name, as in
    /// the endpoint `[fe80::1%eth0]:51820`; the default knows no interface.
    #[must_use]
    pub fn new(index_of: fn(&str) -> Option<u32>) -> Self {
        Self {
            buffer: LineBuffer::new(),
            state: State::Start,
            lines: 0,
            index_of,
        }
    }

    /// Where to read more bytes into; call it only after [`poll`](Self::poll) returned `None`.
    pub fn free_space(&mut self) -> &mut [u8] {
        self.buffer.free_space()
    }

    /// Says that so many bytes of the free space were filled.
    pub fn filled(&mut self, length: usize) {
        self.buffer.filled(length);
    }

    /// Whether a request has begun and is not whole yet.
    const fn is_inside_request(&self) -> bool {
        matches!(self.state, State::Get(_) | State::Set(_))
    }

    /// Whether nothing that follows will be read.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken)
    }

    /// Says that the changes of the last [`RequestEvent::Apply`] could not be applied: nothing of
    /// this request is applied any more, and its result will be this.
    pub fn reject(&mut self, errno: Errno) {
        if let State::Set(request) = &mut self.state {
            request.reject(errno);
        }
    }

    /// Takes the changes of a request whose sender went away before its end: the lines that came
    /// are valid without it.
    pub fn abandon(&mut self) -> Option<Vec<Change>> {
        match mem::replace(&mut self.state, State::Broken) {
            State::Set(mut request) => request.take_changes(),
            _ => None,
        }
    }

    /// The next thing to do; `None` when more bytes are needed.
    pub fn poll(&mut self) -> Option<RequestEvent> {
        loop {
            if let State::Set(request) = &mut self.state
                && let Some(event) = request.poll()
            {
                if matches!(event, RequestEvent::SetDone(_)) {
                    self.state = State::Start;
                }
                return Some(event);
            }
            if self.is_broken() {
                return None;
            }
            let event = match self.buffer.next_line() {
                Ok(None) => return None,
                Ok(Some(line)) => self.state.handle_line(line, self.index_of),
                Err(reason) => self.state.break_off(reason),
            };
            let event = event.or_else(|| self.count_line());
            if event.is_some() {
                return event;
            }
        }
    }

    /// Counts a line that was read, and breaks off when there are too many in one request.
    fn count_line(&mut self) -> Option<RequestEvent> {
        self.lines = if self.is_inside_request() {
            self.lines + 1
        } else {
            0
        };
        (self.lines > MOST_LINES).then(|| self.state.break_off(Malformed::TooManyLines))?
    }
}

impl State {
    fn handle_line(&mut self, line: &[u8], index_of: InterfaceIndex) -> Option<RequestEvent> {
        match (&mut *self, line) {
            (Self::Start, b"get=1") => *self = Self::Get(None),
            (Self::Start, b"set=1") => *self = Self::Set(SetRequest::new(index_of)),
            (Self::Start, _) => return self.break_off(Malformed::Operation),
            (Self::Get(failure), b"") => {
                let event = failure.map_or(RequestEvent::Get, RequestEvent::Refused);
                *self = Self::Start;
                return Some(event);
            }
            (Self::Get(failure), _) => *failure = Some(Malformed::TrailingLine),
            (Self::Set(request), _) => request.handle_line(line),
            (Self::Broken, _) => {}
        }
        None
    }

    fn break_off(&mut self, reason: Malformed) -> Option<RequestEvent> {
        *self = Self::Broken;
        Some(RequestEvent::Broken(reason))
    }
}

/// A set request between its first line and its result.
struct SetRequest {
    lines: SetLines,
    failure: Option<Errno>,
    has_ended: bool,
}

impl SetRequest {
    const fn new(index_of: InterfaceIndex) -> Self {
        Self {
            lines: SetLines::new(index_of),
            failure: None,
            has_ended: false,
        }
    }

    /// Takes one line; after a failure they are only read, so that the next request is found.
    fn handle_line(&mut self, line: &[u8]) {
        if line.is_empty() {
            self.has_ended = true;
        } else if self.failure.is_none()
            && let Err(reason) = self.lines.handle_line(line)
        {
            tracing::warn!(%reason, "refused a line on the UAPI socket");
            self.failure = Some(reason.errno());
        }
    }

    fn reject(&mut self, errno: Errno) {
        self.lines.forget();
        self.failure = Some(errno);
    }

    fn poll(&mut self) -> Option<RequestEvent> {
        if self.failure.is_some() || self.has_ended {
            if let Some(changes) = self.take_changes() {
                return Some(RequestEvent::Apply(changes));
            }
        } else if self.lines.is_full() {
            return Some(RequestEvent::Apply(self.lines.take_whole_changes()));
        }
        self.has_ended
            .then(|| RequestEvent::SetDone(self.failure.map_or(Ok(()), Err)))
    }

    fn take_changes(&mut self) -> Option<Vec<Change>> {
        (!self.lines.is_empty()).then(|| self.lines.take_batch())
    }
}
