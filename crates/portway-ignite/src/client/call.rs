//! The one entrance of all operations: an operation, and its first attempt.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use portway_ignite_protocol::{Layout, ReadValue, RequestBody};
use tracing::{Instrument, Span};

use crate::connection::{Submitted, Terms};
use crate::error::Error;
use crate::observe::Observation;
use crate::seldom::Seldom;

use super::Client;
use super::answer::Answer;
use super::attempts::Tried;
use super::creation::CacheIdentity;
use super::encoder::Encoder;
use super::operation::Operation;
use super::request::{check_need, check_written, written};
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
    /// As [`Connection::request`](crate::connection::Connection::request).
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
        async move {
            self.carry_out(&operation, &build, |answer| answer.read())
                .await
        }
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
                Value::Unread(answer) => Seldom::new(|| self.value(&answer)).await,
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
        let mut observation =
            observer.begin(operation.name, operation.cache.map(CacheIdentity::name));
        let first = match observation.span() {
            None => {
                self.first_attempt(operation, build, &read, &mut observation)
                    .await
            }
            // All attempts are made inside of the span.
            Some(_) => First::Further(Tried::default()),
        };
        let tried = match first {
            First::Over(result) => return result,
            First::Further(tried) => tried,
        };
        let span = observation.span().unwrap_or_else(Span::none);
        let observed = &mut observation;
        let further = Seldom::new(move || {
            let attempts = self.further_attempts(operation, build, observed, tried);
            attempts.instrument(span)
        });
        let result = further.await;
        observation.end(result.as_ref().map(|answer| answer.reply.arrived));
        read(result.map_err(|error| operation.explained(error))?)
    }

    /// The first attempt, if nothing has to be waited for before its request is sent.
    fn first_attempt<'t, R: RequestBody, T>(
        &self,
        operation: &Operation<'t>,
        build: &impl Fn(&Encoder) -> R,
        read: &impl Fn(Answer) -> Result<T, Error>,
        observation: &mut Observation<'_>,
    ) -> impl Future<Output = First<'t, T>> {
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
                Ok(None) => Poll::Ready(First::Further(Tried::default())),
                Err(error) => Poll::Ready(self.first_failed(operation, error, observation)),
            }
        })
    }

    #[cold]
    fn first_failed<'t, T>(
        &self,
        operation: &Operation<'t>,
        error: Error,
        observation: &mut Observation<'_>,
    ) -> First<'t, T> {
        let Some(tried) = self.may_repeat(operation, Tried::default(), &error) else {
            observation.end(Err(&error));
            return First::Over(Err(operation.explained(error)));
        };
        observation.repeat(&error);
        First::Further(tried)
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
        let Some((frame, notes)) = written(&connection, build)? else {
            return Ok(None);
        };
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
}

/// What came of the first attempt.
enum First<'t, T> {
    Over(Result<T, Error>),
    /// Further ones may follow.
    Further(Tried<'t>),
}
