//! One connection: its handshake, then requests in and answers out until either side ends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use portway_ignite_protocol::{
    Credentials, DecodeError, Dialect, HANDSHAKE_FRAME_LIMIT, split_frame,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use super::group::Letter;
use super::outbox::{Outbox, Overflowed, Taken};
use super::shared::Shared;
use super::shut_down;
use super::transport::{Outlet, Transport};
use super::vigil::Vigil;
use crate::engine::{ConnectionId, JournalError};
use crate::session::{Ends, Greeting, Session, greet};

/// What is read at once; also the buffer an idle connection keeps.
const READ_BYTES: usize = 4 * 1024;

/// A buffer grown past this by a long message is given back after it.
const KEPT_BYTES: usize = 64 * 1024;

/// How long a closed or refused connection may take to accept its last bytes.
const FAREWELL: Duration = Duration::from_secs(1);

/// How a short greeting of TLS begins. As the length of a frame these four bytes say 66,326, which a
/// handshake may have; those of longer greetings say more than any may.
const SHORT_TLS_GREETING: [u8; 4] = [0x16, 3, 1, 0];

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("the client closed it")]
    Closed,
    #[error("the grid shuts down")]
    Shutdown,
    #[error("its handshake was refused")]
    Refused,
    #[error("the client speaks TLS, and this listener does not")]
    SpeaksTls,
    #[error("its handshake took too long")]
    HandshakeTimeout,
    #[error("it was idle too long")]
    Idle,
    #[error("a message could not be understood: {0}")]
    Malformed(#[from] DecodeError),
    #[error("its changes could not be written: {0}")]
    Unwritten(#[from] JournalError),
    #[error("it did not take its notifications, or somebody had it closed")]
    SlowListener,
    #[error("its socket failed: {0}")]
    Io(#[from] io::Error),
}

impl From<Overflowed> for End {
    fn from(_: Overflowed) -> Self {
        Self::SlowListener
    }
}

/// A connection before its handshake.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    pub(super) shared: Arc<Shared>,
    pub(super) credentials: Option<Credentials>,
    /// The address the client reached, where it has one.
    pub(super) ends: Ends,
}

impl<S: Transport> Connection<S> {
    /// Serves the connection to its end.
    pub(super) async fn serve(mut self) {
        let shared = Arc::clone(&self.shared);
        let end = match self.handshake().await {
            Ok((session, input)) => self.converse(session, input).await,
            Err(end) => {
                if !matches!(end, End::Closed | End::Shutdown) {
                    shared.counters.count_refused_handshake();
                }
                end
            }
        };
        if matches!(end, End::Malformed(_)) {
            shared.counters.count_malformed();
        }
        tracing::debug!(reason = %end, "a connection ended");
    }

    async fn handshake(&mut self) -> Result<(Session, BytesMut), End> {
        let mut shutdown = self.shared.shutdown.subscribe();
        let timeout = self.shared.limits.handshake_timeout;
        tokio::select! {
            exchanged = tokio::time::timeout(timeout, self.exchange_handshake()) => {
                exchanged.map_err(|_| End::HandshakeTimeout)?
            }
            () = shut_down(&mut shutdown) => Err(End::Shutdown),
        }
    }

    async fn exchange_handshake(&mut self) -> Result<(Session, BytesMut), End> {
        let mut input = BytesMut::with_capacity(READ_BYTES);
        let request = next_frame(&mut self.stream, &mut input, split_handshake).await?;
        let admission = self.shared.admit(&request, self.credentials.as_ref()).await;
        let greeting = greet(&request, &self.shared.host, admission, self.ends)?;
        match greeting {
            Greeting::Accepted { answer, session } => {
                self.stream.write_all(&answer).await?;
                Ok((session, input))
            }
            Greeting::Refused { answer } => {
                self.stream.write_all(&answer).await?;
                self.stream.shutdown().await?;
                Err(End::Refused)
            }
        }
    }

    /// Reads and writes side by side until one of them ends.
    async fn converse(self, session: Session, input: BytesMut) -> End {
        let outbox = Arc::new(self.shared.new_outbox());
        tracing::debug!(user = session.user(), "a client came in");
        let dialect = session.dialect();
        let id = self.shared.connect(&outbox, session);
        let _registration = Registration {
            shared: &self.shared,
            id,
        };
        let (reader, writer, outlet) = self.stream.into_halves();
        let reading = Reading {
            stream: reader,
            input,
            id,
            dialect,
            shared: &self.shared,
            outbox: &outbox,
        };
        let mut writing = Writing {
            stream: writer,
            outlet,
            unwritten: Bytes::new(),
            id,
            shared: &self.shared,
            outbox: &outbox,
        };
        let end = tokio::select! {
            end = reading.run() => end,
            end = writing.run() => end,
        };
        if !matches!(end, End::SlowListener | End::Io(_) | End::Unwritten(_)) {
            writing.say_farewell().await;
        }
        end
    }
}

/// Ends the registration of a connection, also when its task is aborted.
struct Registration<'a> {
    shared: &'a Shared,
    id: ConnectionId,
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        self.shared.disconnect(self.id);
    }
}

/// The reading half of a connection.
struct Reading<'a, R> {
    stream: R,
    input: BytesMut,
    id: ConnectionId,
    dialect: Dialect,
    shared: &'a Shared,
    outbox: &'a Outbox,
}

impl<R: AsyncRead + Unpin> Reading<'_, R> {
    async fn run(mut self) -> End {
        let mut shutdown = self.shared.shutdown.subscribe();
        let mut vigil = Vigil::new(self.shared.stay_awake);
        loop {
            if let Err(end) = self.answer_one(&mut shutdown, &mut vigil).await {
                return end;
            }
        }
    }

    async fn answer_one(
        &mut self,
        shutdown: &mut watch::Receiver<bool>,
        vigil: &mut Vigil,
    ) -> Result<(), End> {
        self.outbox.room().await;
        let request = match split_frame(&mut self.input, self.shared.limits.message_bytes)? {
            Some(request) => {
                vigil.note_ahead();
                request
            }
            None => tokio::select! {
                request = vigil.wait(self.next_request()) => request?,
                () = shut_down(shutdown) => return Err(End::Shutdown),
            },
        };
        self.shared.answer(self.id, self.dialect, &request)?;
        drop(request);
        if self.input.is_empty() && self.input.capacity() > KEPT_BYTES {
            self.input = BytesMut::with_capacity(READ_BYTES);
        }
        // A client that always has one more request must not keep the others waiting.
        tokio::task::coop::consume_budget().await;
        Ok(())
    }

    async fn next_request(&mut self) -> Result<Bytes, End> {
        let limit = self.shared.limits.message_bytes;
        let frame = next_frame(&mut self.stream, &mut self.input, |input| {
            Ok(split_frame(input, limit)?)
        });
        match self.shared.limits.idle_timeout {
            Some(timeout) => tokio::time::timeout(timeout, frame)
                .await
                .map_err(|_| End::Idle)?,
            None => frame.await,
        }
    }
}

/// Takes the first frame. A client that speaks TLS would wait for an answer as long as the grid for the rest of that
/// frame.
fn split_handshake(input: &mut BytesMut) -> Result<Option<Bytes>, End> {
    if input.starts_with(&SHORT_TLS_GREETING) {
        return Err(End::SpeaksTls);
    }
    Ok(split_frame(input, HANDSHAKE_FRAME_LIMIT)?)
}

/// Reads until `split` takes a whole frame.
///
/// # Cancel safety
/// What was read stays in `input`.
async fn next_frame(
    stream: &mut (impl AsyncRead + Unpin),
    input: &mut BytesMut,
    split: impl Fn(&mut BytesMut) -> Result<Option<Bytes>, End>,
) -> Result<Bytes, End> {
    loop {
        if let Some(frame) = split(input)? {
            return Ok(frame);
        }
        input.reserve(READ_BYTES);
        if stream.read_buf(input).await? == 0 {
            return Err(End::Closed);
        }
    }
}

/// The writing half of a connection.
struct Writing<'a, W> {
    stream: W,
    /// Where others may send, too.
    outlet: Option<Outlet>,
    /// The rest of what was taken from the outbox: it must be sent before anything else.
    unwritten: Bytes,
    id: ConnectionId,
    shared: &'a Shared,
    outbox: &'a Arc<Outbox>,
}

impl<W: AsyncWrite + Unpin> Writing<'_, W> {
    /// Sends what comes into the outbox until that fails.
    ///
    /// # Cancel safety
    /// What was not sent stays in `unwritten` and in the outbox.
    async fn run(&mut self) -> End {
        loop {
            let sent = async {
                let taken = self.outbox.take().await?;
                self.send_taken(taken).await
            };
            if let Err(end) = sent.await {
                return end;
            }
        }
    }

    /// Sends what was taken. Where others change entries too, theirs are awaited for a turn of the runtime: one
    /// call writes all of them.
    ///
    /// # Cancel safety
    /// What was not sent stays in `unwritten`, or is sent with the answers of others.
    async fn send_taken(&mut self, taken: Taken) -> Result<(), End> {
        match taken {
            Taken::New(bytes) => {
                self.unwritten = bytes;
                if self.shared.others_have_unwritten(self.id) {
                    if self.join_others() {
                        return Ok(());
                    }
                    tokio::task::yield_now().await;
                }
            }
            Taken::Back(bytes) => self.unwritten = bytes,
        }
        self.send().await
    }

    /// Has what was taken sent with the answers of other connections, if others may send on this one.
    fn join_others(&mut self) -> bool {
        let Some(outlet) = &self.outlet else {
            return false;
        };
        let bytes = std::mem::take(&mut self.unwritten);
        let letter = Letter::new(self.id, Arc::clone(outlet), Arc::clone(self.outbox), bytes);
        self.shared.group.join(letter);
        true
    }

    /// Sends what was taken, after the changes that it tells of are written.
    ///
    /// # Cancel safety
    /// What was not sent stays in `unwritten`.
    async fn send(&mut self) -> Result<(), End> {
        self.shared.flush(self.id)?;
        // Without a list of buffers: there is one, and the operating system takes it sooner.
        while !self.unwritten.is_empty() {
            match self.stream.write(&self.unwritten).await? {
                0 => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                written => self.unwritten.advance(written),
            }
        }
        Ok(())
    }

    /// Sends what still waits, as far as the client takes it.
    async fn say_farewell(&mut self) {
        let farewell = async {
            self.send().await?;
            while let Some(taken) = self.outbox.take_rest().await {
                self.unwritten = taken.into_bytes();
                self.send().await?;
            }
            Ok::<(), End>(self.stream.shutdown().await?)
        };
        // A client that is gone or slow misses its last answers: its socket tells it so.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }
}
