//! One connection's side of the protocol without its socket: requests in, answers out.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod caches;
mod classes;
mod cluster;
mod compute;
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

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use portway_ignite_protocol::{
    Dialect, IncomingRequest, Request, RequestHeader, ServerError, Status, TopologyVersion,
};
use uuid::Uuid;

use crate::engine::{ClientInView, ConnectionId, Engine, EngineError, IfExists, SetChange};
use crate::functions::Functions;
use answer::{Body, body, failed};
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
    fn new(dialect: Dialect, ends: Ends, user: Option<String>) -> Self {
        Self {
            connection: ConnectionId(0),
            dialect,
            ends,
            user,
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
    fn execute(&mut self, request: Request) -> Result<Body, Refusal> {
        self.check_state(&request)?;
        let answered = match request {
            Request::KeyValue(request) => return self.key_value(request),
            Request::StartTransaction(options) => return self.start_transaction(options),
            Request::EndTransaction(request) => return self.end_transaction(request),
            Request::ChangeClusterState(request) => return self.change_cluster_state(request),
            Request::Sql(request) => return self.sql_entries(&request),
            Request::SqlFields(request) => return self.sql_fields(&request),
            Request::InvokeService(request) => return self.invoke_service(&request),
            Request::SqlPage(id) | Request::SqlFieldsPage(id) => self.sql_page(id),
            Request::StreamerStart(request) => return self.start_streamer(&request),
            Request::StreamerData(request) => return self.add_to_streamer(&request),
            Request::ResourceClose(id) => {
                self.engine.close_resource(self.connection, id)?;
                self.done()
            }
            Request::Heartbeat(()) => self.done(),
            Request::IdleTimeout(()) => Ok(body(&self.idle_timeout(), self.dialect)),
            Request::CacheNames(()) => self.cache_names(),
            Request::CreateCacheWithName(name) => self.create_by_name(name, IfExists::Fail),
            Request::GetOrCreateCacheWithName(name) => self.create_by_name(name, IfExists::Keep),
            Request::CreateCache(request) => self.create(&request.configuration, IfExists::Fail),
            Request::GetOrCreateCache(request) => {
                self.create(&request.configuration, IfExists::Keep)
            }
            Request::CacheConfiguration(header) => self.configuration(header.cache),
            Request::DestroyCache(cache) => self.destroy(cache),
            Request::CacheNodePartitions(header) => self.node_partitions(header.cache),
            Request::CachePartitions(request) => self.partitions(&request),
            Request::Scan(request) => self.scan(&request),
            Request::ScanPage(id) | Request::IndexQueryPage(id) => self.scan_page(id),
            Request::IndexQuery(request) => return self.index_query(&request),
            Request::ContinuousQuery(request) => self.continuous_query(&request),
            Request::TypeName((platform, type_id)) => self.type_name(platform, type_id),
            Request::PutTypeName((platform, (type_id, name))) => {
                self.put_type_name(platform, type_id, &name)
            }
            Request::BinaryType(type_id) => self.binary_type(type_id),
            Request::PutBinaryType(offered) => self.put_binary_type(offered),
            Request::BinaryConfiguration(()) => self.binary_configuration(),
            Request::ClusterState(()) => self.cluster_state(),
            Request::ChangeWalState(request) => self.change_wal_state(&request),
            Request::WalState(cache) => self.wal_state(&cache),
            Request::NodeIds(request) => self.node_ids(&request),
            Request::NodeDetails(nodes) => self.node_details(&nodes),
            Request::NodeEndpoints(request) => self.node_endpoints(request),
            Request::ExecuteTask(request) => self.execute_task(&request),
            Request::ServiceDescriptor(name) => self.describe_service(&name),
            Request::ServiceDescriptors(()) => self.describe_services(),
            Request::ServiceNodes(name) => self.service_nodes(&name),
            of_structure => self.execute_on_structure(of_structure),
        };
        Ok(answered?)
    }

    /// The operations of atomic numbers and sets.
    fn execute_on_structure(&mut self, request: Request) -> Result<Body, ServerError> {
        match request {
            Request::CreateAtomicLong(request) => self.create_atomic_long(&request),
            Request::RemoveAtomicLong(number) => self.remove_atomic_long(&number),
            Request::AtomicLongExists(number) => self.atomic_long_exists(&number),
            Request::AtomicLongValue(number) => self.atomic_long(&number),
            Request::AddToAtomicLong((number, term)) => self.add_to_atomic_long(&number, term),
            Request::SetAtomicLong((number, value)) => self.set_atomic_long(&number, value),
            Request::CompareAndSetAtomicLong(request) => self.compare_and_set(&request),
            Request::CompareAndSetAndGetAtomicLong(request) => self.compare_and_exchange(&request),
            Request::OpenSet(request) => self.open_set(&request),
            Request::CloseSet(set) => self.close_set(&set),
            Request::SetExists(set) => self.set_exists(&set),
            Request::SetSize(set) => self.set_size(&set),
            Request::ClearSet(set) => self.clear_set(&set),
            Request::AddToSet(request) => self.change_set(&request.into(), SetChange::Add),
            Request::AddAllToSet(request) => self.change_set(&request, SetChange::Add),
            Request::RemoveFromSet(request) => self.change_set(&request.into(), SetChange::Remove),
            Request::RemoveAllFromSet(request) => self.change_set(&request, SetChange::Remove),
            Request::RetainInSet(request) => self.change_set(&request, SetChange::Retain),
            Request::SetContains(request) => self.set_contains(&request.into()),
            Request::SetContainsAll(request) => self.set_contains(&request),
            Request::IterateSet(request) => self.iterate_set(&request),
            Request::SetPage(request) => self.set_page(request),
            other => Err(not_served(other.operation().code())),
        }
    }

    fn done<E>(&self) -> Result<Body, E> {
        Ok(body(&(), self.dialect))
    }

    /// Milliseconds, zero for none.
    fn idle_timeout(&self) -> i64 {
        let timeout = self.host.idle_timeout.unwrap_or_default();
        i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Ends what a node does before it starts.
const STOP_WARM_UP: i16 = 10_000;

/// What a real node says to an operation code that it does not know.
fn not_served(operation: i16) -> ServerError {
    if operation == STOP_WARM_UP {
        return failed("Node has already started.");
    }
    let message = format!("Invalid request op code: {operation}");
    ServerError::new(Status::INVALID_OPERATION, message)
}
