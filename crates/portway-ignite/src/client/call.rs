//! One operation: finding a connection, sending, repeating.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use portway_ignite_protocol::{Layout, ReadValue, RequestBody, WriterNotes};
use tokio::time::{timeout, timeout_at};
use tracing::{Instrument, Span};

use crate::connection::{Connection, Deadline, Frame, Submitted, Terms};
use crate::error::Error;
use crate::observe::Observation;
use crate::retry::FailedAttempt;
use crate::topology::Route;

use super::Client;
use super::answer::Answer;
use super::encoder::Encoder;
use super::operation::{Need, NeedOf, Operation};
use super::schemas::Value;
use super::types::TypesOf;

impl Client {
    /// Carries out an operation within the time-out of the configuration.
    ///
    /// `build` makes the request for the connection of one attempt: another node may want another
    /// form.
    ///
    /// A thousand of these futures should fit into a processor's cache: this is no `async fn`,
    /// which would hold its arguments twice, and what is seldom needed is boxed.
    ///
    /// # Cancel safety
    /// As [`Connection::request`].
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` holds its arguments twice"
    )]
    pub(crate) fn call<'c, R: RequestBody>(
        &'c self,
        operation: Operation<'c>,
        build: impl Fn(&Encoder) -> R,
    ) -> impl Future<Output = Result<Answer, Error>> {
        async move { self.carry_out(&operation, &build, Ok).await }
    }

    /// As [`call`](Self::call), for an answer without values.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` holds its arguments twice"
    )]
    pub(crate) fn ask<'c, T: Layout, R: RequestBody>(
        &'c self,
        operation: Operation<'c>,
        build: impl Fn(&Encoder) -> R,
    ) -> impl Future<Output = Result<T, Error>> {
        async move { self.carry_out(&operation, &build, |answer| answer.read()).await }
    }

    /// As [`call`](Self::call), for an answer that is a value or null.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` holds its arguments twice"
    )]
    pub(crate) fn fetch<'c, T: ReadValue, R: RequestBody>(
        &'c self,
        operation: Operation<'c>,
        build: impl Fn(&Encoder) -> R,
    ) -> impl Future<Output = Result<Option<T>, Error>> {
        async move {
            let read = |answer| self.value_at_once(answer);
            match self.carry_out(&operation, &build, read).await? {
                Value::Read(value) => Ok(value),
                Value::Unread(answer) => Box::pin(self.value(&answer)).await,
            }
        }
    }

    /// Carries out an operation and reads its answer, as soon as it is there and where it is: an
    /// answer is many times larger than what most are read as.
    async fn carry_out<R: RequestBody, T>(
        &self,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        read: impl Fn(Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let observer = &self.shared.configuration.observer;
        let mut observation = observer.begin(operation.name, operation.cache);
        let first = match observation.span() {
            None => self.first_attempt(operation, build, &read, &mut observation).await,
            // All attempts are made inside of the span.
            Some(_) => First::Further(0),
        };
        let failed = match first {
            First::Over(result) => return result,
            First::Further(failed) => failed,
        };
        let span = observation.span().unwrap_or_else(Span::none);
        let further = self.further_attempts(operation, build, &mut observation, failed);
        let result = Box::pin(further.instrument(span)).await;
        observation.end(result.as_ref().map(|answer| answer.reply.arrived));
        read(result?)
    }

    /// The first attempt, if nothing has to be waited for before its request is sent.
    fn first_attempt<R: RequestBody, T>(
        &self,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        read: &impl Fn(Answer) -> Result<T, Error>,
        observation: &mut Observation<'_>,
    ) -> impl Future<Output = First<T>> {
        let mut sent: Option<Submitted> = None;
        poll_fn(move |context| {
            let outcome = match sent.take() {
                None => self.send_at_once(operation, build, observation, context.waker()),
                Some(mut submitted) => match submitted.poll(context) {
                    Poll::Pending => Ok(Some(submitted)),
                    Poll::Ready(Ok(reply)) => {
                        observation.end(Ok(reply.arrived));
                        return Poll::Ready(First::Over(read(Answer::new(submitted, reply))));
                    }
                    Poll::Ready(Err(error)) => Err(error),
                },
            };
            match outcome {
                Ok(Some(submitted)) => {
                    sent = Some(submitted);
                    Poll::Pending
                }
                Ok(None) => Poll::Ready(First::Further(0)),
                Err(error) => Poll::Ready(self.first_failed(operation, error, observation)),
            }
        })
    }

    #[cold]
    fn first_failed<T>(
        &self,
        operation: &Operation<'_>,
        error: Error,
        observation: &mut Observation<'_>,
    ) -> First<T> {
        if !self.may_repeat(operation, 1, &error) {
            observation.end(Err(&error));
            return First::Over(Err(error));
        }
        observation.repeat(&error);
        First::Further(1)
    }

    /// Attempts that may have to wait for a connection, for room, or for types to be told, after
    /// so many that `failed`.
    async fn further_attempts<R: RequestBody>(
        &self,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        observation: &mut Observation<'_>,
        failed: u32,
    ) -> Result<Answer, Error> {
        let deadline = observation.deadline(self.shared.configuration.request_timeout);
        let mut number = failed;
        loop {
            let connection = self.connection(operation, deadline).await?;
            observation.attempt(connection.address());
            number += 1;
            let attempt = self.attempt(&connection, operation, build, deadline);
            match attempt.await {
                Ok(answer) => return Ok(answer),
                Err(error) if self.may_repeat(operation, number, &error) => {
                    observation.repeat(&error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The first attempt, if nothing has to be waited for before its request is sent; else nothing
    /// is done.
    fn send_at_once<R: RequestBody>(
        &self,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        observation: &mut Observation<'_>,
        waker: &Waker,
    ) -> Result<Option<Submitted>, Error> {
        let Some(connection) = self.connection_at_once(operation) else {
            return Ok(None);
        };
        let clusters = &self.shared.clusters;
        let are_told = |types: &TypesOf| types.are_told(clusters, &connection);
        if !operation.types.is_none_or(are_told) {
            return Ok(None);
        }
        check_need(&connection, operation.need)?;
        let (frame, notes) = written(&connection, build)?;
        if let Some(notes) = notes {
            check_written(operation, &notes)?;
            if !self.are_told(&connection, notes.types()) {
                return Ok(None);
            }
        }
        let terms = Terms {
            leaves: operation.leaves,
            part_of: operation.route.enter()?,
            deadline: observation.deadline(self.shared.configuration.request_timeout),
        };
        // Nothing may fail between this and the sending, which uses the place up.
        let Some(place) = connection.place_at_once(terms.leaves)? else {
            return Ok(None);
        };
        observation.attempt(connection.address());
        let submitted = connection.send(operation.name, frame, place, terms, waker)?;
        Ok(Some(submitted))
    }

    async fn attempt<R: RequestBody>(
        &self,
        connection: &Connection,
        operation: &Operation<'_>,
        build: &impl Fn(&Encoder) -> R,
        deadline: Deadline,
    ) -> Result<Answer, Error> {
        let (frame, terms) = self.ready(connection, operation, build, deadline).await?;
        let submitting = connection.submit_frame(operation.name, frame, terms);
        let mut submitted = submitting.await?;
        let reply = submitted.wait().await?;
        Ok(Answer::new(submitted, reply))
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
        if let Some(connection) = self.connection_at_once(operation) {
            return Ok(connection);
        }
        let topology = &self.shared.topology;
        let waiting = timeout_at(deadline.at, topology.connection(operation.route));
        match waiting.await {
            Ok(connection) => connection,
            Err(_) => Err(self.away_or_late(operation)),
        }
    }

    fn connection_at_once(&self, operation: &Operation<'_>) -> Option<Connection> {
        match operation.route.pinned_to() {
            Some(connection) => Some(connection.clone()),
            None => self.shared.topology.snapshot().pick(operation.route),
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

/// What came of the first attempt.
enum First<T> {
    Over(Result<T, Error>),
    /// Further ones may follow, after so many that failed.
    Further(u32),
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
    Ok((frame, encoder.into_notes()))
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

#[inline]
fn check_need(connection: &Connection, need: Option<&'static Need>) -> Result<(), Error> {
    let Some(&Need { of, what }) = need else {
        return Ok(());
    };
    let dialect = connection.agreement().dialect;
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
