//! One operation: finding a connection, sending, repeating, reading the answer.

use std::cell::RefCell;

use portway_ignite_protocol::{
    self as protocol, BinaryConfiguration, Layout, RawValue, WriteValue, Writer, WriterNotes,
    decode_body,
};
use tokio::time::{timeout, timeout_at};
use tracing::Instrument;

use crate::connection::{Connection, Reply};
use crate::error::{Delivery, Error};
use crate::observe::Observation;

use super::Client;
use super::operation::{Need, NeedOf, Operation};
use super::route::Route;

/// Writes values as the cluster behind one connection wants them.
#[derive(Debug)]
pub(crate) struct Encoder {
    configuration: BinaryConfiguration,
    notes: RefCell<Option<Box<WriterNotes>>>,
}

impl Encoder {
    fn new(configuration: BinaryConfiguration) -> Self {
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

    fn note(&self, added: Box<WriterNotes>) {
        match &mut *self.notes.borrow_mut() {
            Some(notes) => notes.merge(&added),
            empty => *empty = Some(added),
        }
    }

    pub(crate) fn binary(&self) -> BinaryConfiguration {
        self.configuration
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
    pub(crate) async fn call(
        &self,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> protocol::Request,
    ) -> Result<Answer, Error> {
        let configuration = &self.shared.configuration;
        let mut observation = configuration
            .observer
            .begin(operation.name, operation.cache);
        let deadline = observation.deadline(configuration.request_timeout);
        let span = observation.span();
        let attempts = self.attempts(operation, build, &mut observation);
        let result = match timeout_at(deadline, attempts.instrument(span)).await {
            Ok(result) => result,
            Err(_) => Err(self.timed_out(operation)),
        };
        observation.end(result.as_ref().err());
        result
    }

    /// As [`call`](Self::call), for an answer without values.
    pub(crate) async fn ask<T: Layout>(
        &self,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> protocol::Request,
    ) -> Result<T, Error> {
        self.call(operation, build).await?.read()
    }

    async fn attempts(
        &self,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> protocol::Request,
        observation: &mut Observation<'_>,
    ) -> Result<Answer, Error> {
        let mut left = self.shared.configuration.attempt_limit();
        loop {
            let connection = self.connection_for(operation.route).await?;
            observation.attempt(connection.address());
            match self.attempt(&connection, operation, &build).await {
                Ok(reply) => {
                    return Ok(Answer {
                        operation: operation.name,
                        connection,
                        reply,
                    });
                }
                Err(error) if left > 1 && self.may_repeat(operation, &error) => {
                    left -= 1;
                    observation.repeat(&error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        connection: &Connection,
        operation: Operation<'_>,
        build: impl Fn(&Encoder) -> protocol::Request,
    ) -> Result<Reply, Error> {
        check_need(connection, operation.need)?;
        if let Some(types) = operation.types {
            // Telling types can be repeated whatever the operation is: that was not sent yet.
            let told = types.tell(&self.shared.clusters, connection).await;
            told.map_err(Error::undelivered)?;
        }
        let (request, notes) = written(connection.agreement().binary, build);
        if let Some(notes) = notes {
            check_written(operation, &notes)?;
            let told = self.tell_written(connection, notes.types()).await;
            told.map_err(Error::undelivered)?;
        }
        let part_of = operation.route.enter()?;
        let mut submitted = connection
            .submit_as_part(operation.name, &request, operation.leaves, part_of)
            .await?;
        submitted.wait().await
    }

    async fn connection_for(&self, route: Route<'_>) -> Result<Connection, Error> {
        match route.pinned_to() {
            Some(connection) => Ok(connection.clone()),
            None => self.connection().await,
        }
    }

    /// A connection to any node. Waits while there is none, within the time-out of the
    /// configuration.
    pub(super) async fn any_connection(&self) -> Result<Connection, Error> {
        const ASK: Operation<'static> = Operation::system("connect");
        let limit = self.shared.configuration.request_timeout;
        match timeout(limit, self.connection_for(Route::Any)).await {
            Ok(connection) => connection,
            Err(_) => Err(self.timed_out(ASK)),
        }
    }

    /// The present connection; waits while there is none.
    async fn connection(&self) -> Result<Connection, Error> {
        if let Some(connection) = usable(&self.shared.link.borrow()) {
            return Ok(connection);
        }
        let mut link = self.shared.link.clone();
        let link = link.wait_for(|link| usable(link).is_some()).await;
        // The supervisor ends before its client only with the runtime.
        match link {
            Ok(link) => link.clone(),
            Err(_) => self.shared.link.borrow().clone(),
        }
    }

    fn may_repeat(&self, operation: Operation<'_>, error: &Error) -> bool {
        match error {
            // What it belongs to is lost with its connection.
            _ if operation.route.is_pinned() => false,
            Error::ConnectionLost {
                delivery: Delivery::NotSent,
                ..
            } => true,
            Error::ConnectionLost { .. } => {
                self.shared.configuration.retry.allows(operation.effect)
            }
            _ => false,
        }
    }

    /// The error of an operation that took too long: why the grid is away, if it is.
    fn timed_out(&self, operation: Operation<'_>) -> Error {
        if let Some(connection) = operation.route.pinned_to() {
            return self.silent(connection, operation);
        }
        match &*self.shared.link.borrow() {
            Err(away) => away.clone(),
            Ok(connection) => self.silent(connection, operation),
        }
    }

    fn silent(&self, connection: &Connection, operation: Operation<'_>) -> Error {
        connection.doubt();
        Error::TimedOut {
            operation: operation.name,
            limit: self.shared.configuration.request_timeout,
        }
    }
}

/// A request with what came up while its values were written.
fn written(
    configuration: BinaryConfiguration,
    build: impl Fn(&Encoder) -> protocol::Request,
) -> (protocol::Request, Option<Box<WriterNotes>>) {
    let encoder = Encoder::new(configuration);
    let request = build(&encoder);
    (request, encoder.notes.into_inner())
}

fn check_written(operation: Operation<'_>, notes: &WriterNotes) -> Result<(), Error> {
    match notes.problem() {
        Some(problem) => Err(Error::Encode {
            operation: operation.name(),
            source: problem.clone(),
        }),
        None => Ok(()),
    }
}

fn usable(link: &Result<Connection, Error>) -> Option<Connection> {
    link.as_ref()
        .ok()
        .filter(|connection| !connection.has_ended())
        .cloned()
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
