//! The attempts that may have to wait: for a connection, for room, for types to be told.

use portway_ignite_protocol::{RequestBody, TypeRegistry};
use tokio::time::{timeout, timeout_at};

use crate::connection::{Connection, Deadline, Frame, Submitted, Terms};
use crate::error::Error;
use crate::observe::Observation;
use crate::retry::FailedAttempt;
use crate::seldom::Boxed;
use crate::topology::Route;

use super::Client;
use super::answer::Answer;
use super::encoder::Encoder;
use super::operation::Operation;
use super::preparation::Preparation;
use super::request::{check_need, check_written, written};
use super::types::TypesOf;

/// How often something may be done to let one operation succeed. Once is enough; who waited in vain
/// for another operation that made its cache, or whose cache was destroyed again, tries again.
const PREPARATIONS: u32 = 3;

/// What the attempts of an operation that failed came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried<'t> {
    failed: u32,
    /// How many were followed by a preparation.
    prepared: u32,
    /// What the last one lacked, to be done before the next one.
    preparation: Option<Preparation<'t>>,
}

impl<'t> Tried<'t> {
    fn failed(self) -> Self {
        Self {
            failed: self.failed + 1,
            preparation: None,
            ..self
        }
    }

    /// `None` if that was in vain too often.
    fn prepared(self, preparation: Preparation<'t>) -> Option<Self> {
        (self.prepared < PREPARATIONS).then_some(Self {
            prepared: self.prepared + 1,
            preparation: Some(preparation),
            ..self
        })
    }
}

impl Client {
    /// Attempts that may have to wait for a connection, for room, for types to be told, or for the
    /// cache to be made or started.
    pub(super) async fn further_attempts<'t, R: RequestBody>(
        &self,
        operation: &Operation<'t>,
        build: &impl Fn(&Encoder) -> R,
        observation: &mut Observation<'_>,
        mut tried: Tried<'t>,
    ) -> Result<Answer, Error> {
        let deadline = observation.deadline(self.shared.configuration.request_timeout);
        loop {
            if let Some(preparation) = tried.preparation {
                self.prepare(preparation, operation.name, deadline).await?;
            }
            let connection = self.connection(operation, deadline).await?;
            observation.attempt(connection.address());
            let attempt = self.attempt(&connection, operation, build, deadline);
            match attempt.await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let Some(further) = self.may_repeat(operation, tried, &error) else {
                        return Err(error);
                    };
                    observation.repeat(&error);
                    tried = further;
                }
            }
        }
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
            self.tell_types_first(types, operation, connection, deadline)
                .await?;
        }
        let (frame, notes) = loop {
            match written(connection, build)? {
                Some(written) => break written,
                None => learn_binary_first(operation, connection, deadline).await?,
            }
        };
        if let Some(notes) = notes {
            check_written(operation, &notes)?;
            self.tell_written_first(notes.types(), operation, connection, deadline)
                .await?;
        }
        let terms = Terms {
            leaves: operation.leaves,
            part_of: operation.route.enter()?,
            deadline,
        };
        Ok((frame, terms))
    }

    // These are seldom needed. Boxed here, each is compiled once, not for each type of request.

    fn tell_types_first<'f>(
        &'f self,
        types: &'f TypesOf,
        operation: &'f Operation<'_>,
        connection: &'f Connection,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        let tell = types.tell(&self.shared.clusters, connection);
        Box::pin(tell_first(operation, connection, deadline, tell))
    }

    fn tell_written_first<'f>(
        &'f self,
        types: &'f TypeRegistry,
        operation: &'f Operation<'_>,
        connection: &'f Connection,
        deadline: Deadline,
    ) -> Boxed<'f, Result<(), Error>> {
        let tell = self.tell_written(connection, types);
        Box::pin(tell_first(operation, connection, deadline, tell))
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

    pub(super) fn connection_at_once(&self, operation: &Operation<'_>) -> Option<Connection> {
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

    /// Whether an operation may be tried again after an attempt that failed, and what was tried
    /// then.
    pub(super) fn may_repeat<'t>(
        &self,
        operation: &Operation<'t>,
        tried: Tried<'t>,
        error: &Error,
    ) -> Option<Tried<'t>> {
        if let Some(preparation) = operation.preparation(error) {
            return tried.prepared(preparation);
        }
        let tried = tried.failed();
        self.may_send_again(operation, tried.failed, error)
            .then_some(tried)
    }

    fn may_send_again(&self, operation: &Operation<'_>, attempt: u32, error: &Error) -> bool {
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

fn learn_binary_first<'f>(
    operation: &'f Operation<'_>,
    connection: &'f Connection,
    deadline: Deadline,
) -> Boxed<'f, Result<(), Error>> {
    let learn = async { connection.binary().await.map(drop) };
    Box::pin(tell_first(operation, connection, deadline, learn))
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
