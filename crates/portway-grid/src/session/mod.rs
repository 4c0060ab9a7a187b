//! One connection's side of the protocol without its socket: requests in, answers out.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod caches;
mod classes;
mod cluster;
mod compute;
mod dispatch;
mod functions;
mod greeting;
mod index_queries;
mod invoke;
mod key_value;
mod known_types;
mod long_queries;
mod metadata;
mod notifications;
mod partitions;
mod queries;
mod reply;
mod services;
mod sql;
mod sql_users;
mod state;
mod streamers;
mod structures;
#[cfg(test)]
mod tests;
mod transactions;

pub(crate) use answer::encode_unsafe;
pub(crate) use compute::timed_out;
pub(crate) use functions::{FunctionResult, StartedCall, StartedTask, task_result};
pub(crate) use greeting::{Admission, Greeting, check_credentials, credentials, greet};
pub(crate) use long_queries::{Finished, LongQuery, QueryAnswer};
pub(crate) use notifications::encode_notification;
pub(crate) use reply::Reply;
pub(crate) use sql::SharedSql;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    Dialect, IncomingRequest, RequestHeader, ServerError, TopologyVersion,
};
use uuid::Uuid;

use crate::engine::{ClientInView, ConnectionId, Engine, EngineError};
use crate::functions::Functions;
use answer::{Body, body};
use dispatch::not_served;
use reply::Refusal;

/// What all sessions know of the grid they belong to.
#[derive(Debug)]
pub(crate) struct Host {
    /// The only node's id, new at each start.
    pub(crate) node: Uuid,
    pub(crate) idle_timeout: Option<Duration>,
    /// Whether acknowledged writes survive the process.
    pub(crate) durable: bool,
    /// The longest answer.
    pub(crate) answer_bytes: usize,
    /// After which a statement of SQL is cancelled, if it says no other time.
    pub(crate) statement_timeout: Duration,
    /// Nothing until the first statement.
    pub(crate) sql: SharedSql,
    /// What clients may call.
    pub(crate) functions: Functions,
}

/// The two ends of a connection, where it is of IP.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends {
    /// The address the client reached.
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
}

/// A connection after its handshake.
#[derive(Debug)]
pub(crate) struct Session {
    connection: ConnectionId,
    dialect: Dialect,
    ends: Ends,
    /// Who proved to be who, where somebody is asked.
    user: Option<String>,
    /// What the client says about itself.
    attributes: BTreeMap<String, String>,
    /// The topology version this connection was last told.
    reported: Option<TopologyVersion>,
}

/// What goes back for one request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) frame: Bytes,
    pub(crate) failed: bool,
    pub(crate) request_id: i64,
}

/// What executing a request needs beside the request.
struct Context<'a> {
    /// Who asks, where a password proved it.
    user: Option<&'a str>,
    engine: &'a mut Engine,
    host: &'a Host,
    connection: ConnectionId,
    dialect: Dialect,
    endpoint: Option<SocketAddr>,
    now: i64,
    /// A task that is to run when the request is answered.
    started: Option<Box<StartedTask>>,
}

impl Session {
    fn new(
        dialect: Dialect,
        ends: Ends,
        user: Option<String>,
        attributes: BTreeMap<String, String>,
    ) -> Self {
        Self {
            connection: ConnectionId(0),
            dialect,
            ends,
            user,
            attributes,
            reported: None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Who proved to be who, where somebody is asked.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The client as others see it.
    pub(crate) fn in_view(&self) -> ClientInView {
        ClientInView {
            local: self.ends.local,
            remote: self.ends.remote,
            user: self.user.clone(),
            attributes: self.attributes.clone(),
            version: self.dialect.version,
        }
    }

    /// Tells the session its number, under which its cursors and listeners are kept.
    pub(crate) fn set_connection(&mut self, connection: ConnectionId) {
        self.connection = connection;
    }

    /// Executes a request. Its notifications wait in the engine and are to be sent first.
    pub(crate) fn answer(
        &mut self,
        incoming: IncomingRequest,
        engine: &mut Engine,
        host: &Host,
        now: i64,
    ) -> Reply {
        let IncomingRequest { header, request } = incoming;
        let mut context = self.context(engine, host, now);
        let result = match request {
            Some(request) => context.execute(request),
            None => Err(not_served(header.operation).into()),
        };
        let started = context.started.take();
        let result = match result {
            Ok(body) => Ok(body),
            Err(Refusal::Error(error)) => Err(error),
            Err(Refusal::Waits(wait)) => return Reply::Waits(wait),
            Err(Refusal::Runs(query)) => return Reply::Runs(query),
            Err(Refusal::Calls(call)) => return Reply::Calls(call),
            Err(Refusal::WaitsForSql) => return Reply::WaitsForSql,
            Err(Refusal::ReadsOn) => return Reply::ReadsOn,
        };
        let answer = self.encode(result, header, engine, host);
        match started {
            Some(task) => Reply::Starts(answer, task),
            None => Reply::Answer(answer),
        }
    }

    /// Answers a query that ran without the grid's lock.
    pub(crate) fn answer_query(
        &mut self,
        header: RequestHeader,
        answer: QueryAnswer,
        engine: &mut Engine,
        host: &Host,
        now: i64,
    ) -> Answer {
        let result = self.context(engine, host, now).found(answer);
        self.encode(result, header, engine, host)
    }

    /// Answers a call of a service that has ended.
    pub(crate) fn answer_call(
        &mut self,
        header: RequestHeader,
        result: FunctionResult,
        engine: &mut Engine,
        host: &Host,
        now: i64,
    ) -> Answer {
        let result = self.context(engine, host, now).called(result);
        self.encode(result, header, engine, host)
    }

    /// Answers that a request which waited, or would have to, failed.
    pub(crate) fn refuse(
        &mut self,
        header: RequestHeader,
        error: EngineError,
        engine: &Engine,
        host: &Host,
    ) -> Answer {
        self.encode(Err(error.into()), header, engine, host)
    }

    fn encode(
        &mut self,
        result: Result<Body, ServerError>,
        header: RequestHeader,
        engine: &Engine,
        host: &Host,
    ) -> Answer {
        let topology = self.topology_news(engine.topology());
        answer::encode(
            result,
            header.request_id,
            topology,
            self.dialect,
            host.answer_bytes,
        )
    }

    fn context<'a>(&'a self, engine: &'a mut Engine, host: &'a Host, now: i64) -> Context<'a> {
        Context {
            user: self.user(),
            engine,
            host,
            connection: self.connection,
            dialect: self.dialect,
            endpoint: self.ends.local,
            now,
            started: None,
        }
    }

    /// The topology version, if this connection was not yet told.
    fn topology_news(&mut self, current: TopologyVersion) -> Option<TopologyVersion> {
        (self.reported.replace(current) != Some(current)).then_some(current)
    }
}

impl Context<'_> {
    fn done<E>(&self) -> Result<Body, E> {
        Ok(body(&(), self.dialect))
    }

    /// Milliseconds, zero for none.
    fn idle_timeout(&self) -> i64 {
        let timeout = self.host.idle_timeout.unwrap_or_default();
        i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
    }
}
