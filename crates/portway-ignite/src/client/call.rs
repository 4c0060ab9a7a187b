//! One operation: finding a connection, sending, repeating, reading the answer.

use std::cell::RefCell;

use portway_ignite_protocol::{
    BinaryConfiguration, Layout, RawValue, RequestBody, WriteValue, Writer, WriterNotes,
    decode_body,
};
use tokio::time::{timeout, timeout_at};
use tracing::Instrument;

use crate::connection::{Connection, Deadline, Frame, Reply, Submitted, Terms};
use crate::error::Error;
use crate::observe::Observation;
use crate::retry::FailedAttempt;
use crate::topology::Route;

use super::Client;
use super::operation::{Need, NeedOf, Operation};

/// Writes values as the cluster behind one connection wants them.
#[derive(Debug)]
pub(crate) struct Encoder {
    configuration: BinaryConfiguration,
    notes: RefCell<Option<Box<WriterNotes>>>,
}

impl Encoder {
    pub(crate) fn new(configuration: BinaryConfiguration) -> Self {
        Self {
            configuration,
            notes: RefCell::default(),
        }
    }

    /// Writes a value. What could not be written fails the operation.
    pub(crate) fn value<T: WriteValue + ?Sized>(&self, value: &T) -> RawValue {
        let mut writer = Writer::new()
            .with_binary(self.configuration)
            .collecting_types();
        value.write(&mut writer);
        if let Some(notes) = writer.take_notes() {
            self.note(notes);
        }
        RawValue::from_trusted_bytes(writer.into_bytes())
    }

    /// Writes a value whose types the operation does not tell by itself.
    pub(crate) fn described_value<T: WriteValue>(&self, value: &T) -> RawValue {
        let mut writer = Writer::new()
            .with_binary(self.configuration)
            .collecting_types();
        writer.describe::<T>();
        value.write(&mut writer);
        if let Some(notes) = writer.take_notes() {
            self.note(notes);
        }
        RawValue::from_trusted_bytes(writer.into_bytes())
    }

    pub(crate) fn note(&self, added: Box<WriterNotes>) {
        match &mut *self.notes.borrow_mut() {
            Some(notes) => notes.merge(&added),
            empty => *empty = Some(added),
        }
    }

    /// What came up while values were written, unless one of them cannot be.
    pub(crate) fn finish(self, operation: &'static str) -> Result<Option<Box<WriterNotes>>, Error> {
        let notes = self.notes.into_inner();
        match notes.as_ref().and_then(|notes| notes.problem().cloned()) {
            Some(source) => Err(Error::Encode { operation, source }),
            None => Ok(notes),
        }
    }
}

/// A successful answer and the connection it came on.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) operation: &'static str,
    pub(crate) connection: Connection,
    pub(crate) reply: Reply,
}

impl Answer {
    fn new(operation: &'static str, connection: Connection, reply: Reply) -> Self {
        Self {
            operation,
            connection,
            reply,
        }
    }

    /// Reads the whole answer.
    pub(crate) fn read<T: Layout>(&self) -> Result<T, Error> {
        let dialect = self.connection.agreement().dialect;
        decode_body(&self.reply.body, dialect).map_err(|source| Error::Decode {
            operation: self.operation,
            source,
        })
    }
}

impl Client {
    /// Carries out an operation within the time-out of the configuration.
    ///
    /// `build` makes the request for the connection of one attempt: another node may want another
    /// form.
    ///
    /// # Cancel safety
    /// As [`Connection::request`].
    pub(crate) async fn call<R: RequestBody>(
        &self,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> R,
    ) -> Result<Answer, Error> {
        let configuration = &self.shared.configuration;
        let mut observation = configuration
            .observer
            .begin(operation.name, operation.cache);
        let limit = configuration.request_timeout;
        let deadline = Deadline {
            at: observation.deadline(limit),
            limit,
        };
        let span = observation.span();
        let attempts = self.attempts(&operation, &build, deadline, &mut observation);
        let result = attempts.instrument(span).await;
        observation.end(result.as_ref().err());
        result
    }

    /// As [`call`](Self::call), for an answer without values.
    pub(crate) async fn ask<T: Layout, R: RequestBody>(
        &self,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> R,
    ) -> Result<T, Error> {
        self.call(operation, build).await?.read()
    }

    async fn attempts<R: RequestBody>(
        &self,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        deadline: Deadline,
        observation: &mut Observation<'_>,
    ) -> Result<Answer, Error> {
        let mut number = 0;
        loop {
            let connection = self.connection(operation, deadline).await?;
            observation.attempt(connection.address());
            number += 1;
            let attempt = self.attempt(&connection, operation, build, deadline);
            match attempt.await {
                Ok(reply) => return Ok(Answer::new(operation.name, connection, reply)),
                Err(error) if self.may_repeat(operation, number, &error) => {
                    observation.repeat(&error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn attempt<R: RequestBody>(
        &self,
        connection: &Connection,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        deadline: Deadline,
    ) -> Result<Reply, Error> {
        let (frame, terms) = self.ready(connection, operation, build, deadline).await?;
        connection.exchange(operation.name, frame, terms).await
    }

    /// Sends an operation on a connection, whose answer can be waited for later. It is neither
    /// repeated nor counted.
    pub(crate) async fn submit<R: RequestBody>(
        &self,
        connection: &Connection,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> R,
    ) -> Result<Submitted, Error> {
        let limit = self.shared.configuration.request_timeout;
        let deadline = Deadline::after(limit);
        let ready = self.ready(connection, &operation, &build, deadline);
        let (frame, terms) = ready.await?;
        connection.submit_frame(operation.name, frame, terms).await
    }

    /// Makes the frame of an operation, and tells the types in it first.
    async fn ready<R: RequestBody>(
        &self,
        connection: &Connection,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        deadline: Deadline,
    ) -> Result<(Frame, Terms), Error> {
        check_need(connection, operation.need)?;
        let clusters = &self.shared.clusters;
        if let Some(types) = operation.types
            && !types.are_told(clusters, connection)
        {
            let tell = types.tell(clusters, connection);
            Box::pin(tell_first(operation, connection, deadline, tell)).await?;
        }
        let (frame, notes) = written(connection, build)?;
        if let Some(notes) = notes {
            check_written(operation, &notes)?;
            let tell = self.tell_written(connection, notes.types());
            Box::pin(tell_first(operation, connection, deadline, tell)).await?;
        }
        let terms = Terms {
            leaves: operation.leaves,
            part_of: operation.route.enter()?,
            deadline,
        };
        Ok((frame, terms))
    }

    /// The connection that an operation goes to; waits while there is none.
    async fn connection(
        &self,
        operation: &Operation<'_>,
        deadline: Deadline,
    ) -> Result<Connection, Error> {
        if let Some(connection) = operation.route.pinned_to() {
            return Ok(connection.clone());
        }
        let topology = &self.shared.topology;
        if let Some(connection) = topology.snapshot().pick(operation.route) {
            return Ok(connection);
        }
        let waiting = timeout_at(deadline.at, topology.connection(operation.route));
        // What is seldom needed is boxed, or else it makes the future of every operation large.
        match Box::pin(waiting).await {
            Ok(connection) => connection,
            Err(_) => Err(self.away_or_late(operation)),
        }
    }

    /// A connection to any node. Waits while there is none, within the time-out of the
    /// configuration.
    pub(super) async fn any_connection(&self) -> Result<Connection, Error> {
        const ASK: Operation<'static> = Operation::system("connect");
        let limit = self.shared.configuration.request_timeout;
        let topology = &self.shared.topology;
        match timeout(limit, topology.connection(Route::Any)).await {
            Ok(connection) => connection,
            Err(_) => Err(self.away_or_late(&ASK)),
        }
    }

    fn may_repeat(&self, operation: &Operation<'_>, attempt: u32, error: &Error) -> bool {
        let configuration = &self.shared.configuration;
        // What it belongs to is lost with its connection.
        if operation.route.is_pinned() || !matches!(error, Error::ConnectionLost { .. }) {
            return false;
        }
        let nodes = self.shared.topology.snapshot().nodes();
        attempt < configuration.attempt_limit(nodes)
            && configuration.retry.repeats(&FailedAttempt {
                operation: operation.name,
                effect: operation.effect,
                number: attempt,
                error,
            })
    }

    /// Why an operation found no connection.
    fn away_or_late(&self, operation: &Operation<'_>) -> Error {
        let away = self.shared.topology.away();
        away.unwrap_or_else(|| self.timed_out(operation))
    }

    fn timed_out(&self, operation: &Operation<'_>) -> Error {
        Error::TimedOut {
            operation: operation.name,
            limit: self.shared.configuration.request_timeout,
        }
    }
}

/// The frame of a request with what came up while its values were written.
fn written<R: RequestBody>(
    connection: &Connection,
    build: &impl Fn(&Encoder) -> R,
) -> Result<(Frame, Option<Box<WriterNotes>>), Error> {
    let encoder = Encoder::new(connection.agreement().binary);
    let mut frame = connection.frame(&build(&encoder))?;
    if let Some(notes) = frame.take_notes() {
        encoder.note(notes);
    }
    Ok((frame, encoder.notes.into_inner()))
}

/// Tells types before an operation. That can be repeated whatever the operation is: it was not sent
/// yet.
async fn tell_first(
    operation: &Operation<'_>,
    connection: &Connection,
    deadline: Deadline,
    tell: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let told = timeout_at(deadline.at, tell).await.unwrap_or_else(|_| {
        connection.doubt();
        Err(deadline.missed_by(operation.name))
    });
    told.map_err(Error::undelivered)
}

fn check_written(operation: &Operation<'_>, notes: &WriterNotes) -> Result<(), Error> {
    match notes.problem() {
        Some(problem) => Err(Error::Encode {
            operation: operation.name(),
            source: problem.clone(),
        }),
        None => Ok(()),
    }
}

fn check_need(connection: &Connection, need: Option<Need>) -> Result<(), Error> {
    let dialect = connection.agreement().dialect;
    let Some(Need { of, what }) = need else {
        return Ok(());
    };
    let is_met = match of {
        NeedOf::Version(version) => dialect.version >= version,
        NeedOf::Feature(feature) => dialect.has(feature),
    };
    if is_met {
        return Ok(());
    }
    Err(Error::Unsupported {
        address: connection.address().clone(),
        feature: what,
    })
}
