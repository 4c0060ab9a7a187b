//! Statements carried out.

mod alter;
mod copies;
mod create;
mod delete;
mod insert;
mod kill;
mod known;
mod plan;
mod run;
mod running;
mod select;
mod table_options;
mod timed;
mod update;
mod view;

pub(crate) use run::Run;
pub(crate) use running::{Found, Long, Running, Searched};
pub(super) use running::{INLINE_TIME, Work, found_or_long};
pub(crate) use select::ResultSet;

use std::collections::BTreeMap;
use std::time::Duration;

use portway_ignite_protocol::{ClusterState, RawValue, StatementKind};
use uuid::Uuid;

use super::catalog::Catalog;
use super::entry_checks;
use super::error::{SqlError, state};
use super::mirror::Mirror;
use super::parse::{Statement, UserStatement};
use super::value::SqlValue;
use super::views;
use crate::engine::{ConnectionId, CopyId, EndQuery, Engine, EngineError, QueryInView};
use crate::functions::Functions;
use copies::Copies;
use known::{Known, KnownStatements};
use timed::Timed;

/// A statement with what it is carried out with.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) sql: &'a str,
    /// The schema of names without one.
    pub(crate) schema: &'a str,
    pub(crate) arguments: &'a [SqlValue],
    pub(crate) kind: StatementKind,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
    /// The only partitions whose rows count.
    pub(crate) partitions: Option<&'a [i32]>,
    /// Milliseconds since the epoch.
    pub(crate) now: i64,
    /// Bytes that the rows may have.
    pub(crate) answer_bytes: usize,
    /// The only node's id.
    pub(crate) node: Uuid,
    /// What clients may call.
    pub(crate) functions: &'a Functions,
    /// Who asks.
    pub(crate) connection: ConnectionId,
}

/// What came of a statement.
#[derive(Debug)]
pub(crate) enum Outcome {
    Rows(ResultSet),
    /// It takes long: it goes on elsewhere.
    Running(Box<Running>),
    /// So many rows were changed.
    Updated(i64),
    /// For whoever keeps the users.
    User(UserStatement),
}

/// What came of a statement, or why it failed.
pub(crate) type Answer = Result<Outcome, SqlError>;

/// The state of SQL: nothing until the first statement.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    catalog: Option<Catalog>,
    /// On which every statement begins.
    mirror: Option<Mirror>,
    copies: Copies,
    /// The queries that take long.
    timed: BTreeMap<CopyId, Timed<'static>>,
    known: KnownStatements,
    /// What the statement that is carried out again has found.
    searched: Option<Searched>,
}

impl Sql {
    /// Carries out a statement.
    pub(crate) fn execute(&mut self, engine: &mut Engine, request: &Request<'_>) -> Answer {
        let Known { parsed, plan } = self.known.known(request.sql)?;
        let (statement, places) = (&parsed.statement, parsed.places);
        check_kind(statement, request.kind)?;
        if places > request.arguments.len() {
            let message = format!(
                "Invalid number of query parameters [expected={places}, actual={}]",
                request.arguments.len()
            );
            return Err(SqlError::ignite(state::INTERNAL, message));
        }
        let is_inactive = engine.cluster_state() == ClusterState::Inactive;
        if is_inactive && statement.is_definition() {
            return Err(EngineError::Inactive.into());
        }
        let timed = Timed::begin(statement, request);
        let mut run = self.run(engine, request)?;
        run.plan.clone_from(&plan);
        run.mirror.limit_time(request.timeout);
        run.engine.expire_all(request.now);
        let outcome = run.carry_out(statement);
        run.mirror.limit_time(None);
        if let Some(new) = run.new_plan.take() {
            self.known.keep_plan(request.sql, new);
        }
        match outcome {
            // What is wrong with the statement is told first; tables are not there.
            Ok(_) | Err(SqlError::Long(_)) if is_inactive => Err(EngineError::Inactive.into()),
            Err(SqlError::Long(long)) => {
                let is_query = matches!(long.work, Work::Query(..));
                let left = self.leave(*long, engine, request);
                if let (Ok(Outcome::Running(running)), true) = (&left, is_query) {
                    let timed = timed.map(Timed::into_owned);
                    self.timed
                        .extend(timed.map(|timed| (running.copy(), timed)));
                }
                left
            }
            outcome => {
                if let Some(timed) = timed {
                    timed.end(&outcome, engine);
                }
                outcome
            }
        }
    }

    /// Checks an entry that a key-value client puts against the tables of its cache.
    ///
    /// # Errors
    /// A node's, when the entry does not fit its table.
    pub(crate) fn check_entry(
        &mut self,
        engine: &mut Engine,
        cache: i32,
        key: &RawValue,
        value: &RawValue,
    ) -> Result<(), SqlError> {
        self.read_catalog(engine)?;
        let catalog = self.catalog.get_or_insert_default();
        entry_checks::check_entry(engine, catalog.of_cache(cache), key, value)
    }

    /// Gives a mirror to a statement that takes long.
    fn leave(&mut self, long: Long, engine: &mut Engine, request: &Request<'_>) -> Answer {
        let views = long.views.clone();
        let mut running = self.running(long, request.timeout, engine)?;
        let number = engine.next_query();
        let run = Run {
            engine,
            catalog: self.catalog.get_or_insert_default(),
            mirror: running.mirror(),
            request,
            number,
            searched: None,
            plan: None,
            new_plan: None,
        };
        let filled = views
            .into_iter()
            .try_for_each(|view| views::fill(view, &run));
        if let Err(error) = filled {
            self.give_up(&running, engine);
            return Err(error);
        }
        let stop = running.stop();
        let query = QueryInView {
            number,
            connection: request.connection,
            sql: request.sql.to_owned(),
            schema: request.schema.to_owned(),
            begun: request.now,
        };
        let end = EndQuery(Box::new(move || stop.stop()));
        engine.show_query(running.copy(), query, end);
        Ok(Outcome::Running(Box::new(running)))
    }

    /// Lets something run on a mirror of its own.
    pub(super) fn running(
        &mut self,
        long: Long,
        timeout: Option<Duration>,
        engine: &mut Engine,
    ) -> Result<Running, SqlError> {
        let catalog = self.catalog.get_or_insert_default();
        let bytes = self.mirror.as_ref().map_or(0, Mirror::bytes);
        let (mirror, surplus) =
            self.copies
                .take(&long.tables, |table| catalog.has(table), bytes, engine)?;
        mirror.limit_time(timeout);
        let mut running = Running::new(mirror, long, surplus, engine);
        match running.gather(engine) {
            Ok(()) => Ok(running),
            Err(error) => {
                self.give_up(&running, engine);
                Err(error)
            }
        }
    }

    fn give_up(&mut self, running: &Running, engine: &mut Engine) {
        self.copies.take_back(running.copy(), None, engine);
    }

    /// Takes the mirror of a statement back, if it is whole; answers what is to be dropped.
    pub(crate) fn take_back(
        &mut self,
        copy: CopyId,
        mirror: Option<Mirror>,
        engine: &mut Engine,
    ) -> Option<Mirror> {
        engine.hide_query(copy);
        if let Some(timed) = self.timed.remove(&copy) {
            timed.note(false, engine);
        }
        self.copies.take_back(copy, mirror, engine)
    }

    /// Whether statements that take long have to wait.
    pub(crate) fn is_busy(&self) -> bool {
        self.copies.are_all_away()
    }

    /// Hands what was found to the statement that is carried out next; nothing must have changed.
    pub(crate) fn remember(&mut self, searched: Option<Searched>) {
        self.searched = searched;
    }

    /// The tables there are, and the mirror without those that are no longer what they were.
    pub(super) fn opened(
        &mut self,
        engine: &mut Engine,
    ) -> Result<(&Catalog, &mut Mirror), SqlError> {
        self.read_catalog(engine)?;
        let mirror = match &mut self.mirror {
            Some(mirror) => mirror,
            closed => closed.insert(Mirror::open(CopyId::FIRST)?),
        };
        Ok((self.catalog.get_or_insert_default(), mirror))
    }

    /// Learns which tables there are, and has the mirror forget those that are no longer what they
    /// were.
    fn read_catalog(&mut self, engine: &mut Engine) -> Result<(), SqlError> {
        let version = engine.definitions();
        let is_newest = |catalog: &Catalog| catalog.version == version;
        if self.catalog.as_ref().is_some_and(is_newest) {
            return Ok(());
        }
        let catalog = Catalog::new(
            version,
            engine.configurations()?.into_iter(),
            engine.sql_views()?.into_iter(),
        );
        if let Some(mirror) = &mut self.mirror {
            mirror.keep(|table| catalog.has(table), engine)?;
        }
        self.catalog = Some(catalog);
        Ok(())
    }

    fn run<'a>(
        &'a mut self,
        engine: &'a mut Engine,
        request: &'a Request<'a>,
    ) -> Result<Run<'a>, SqlError> {
        let searched = self.searched.take();
        let (catalog, mirror) = self.opened(engine)?;
        if !catalog.has_schema(request.schema) {
            let message = format!(
                "Failed to set schema for DB connection for thread [schema={}]",
                request.schema
            );
            return Err(SqlError::ignite(state::INTERNAL, message));
        }
        Ok(Run {
            number: engine.next_query(),
            engine,
            catalog,
            mirror,
            request,
            searched,
            plan: None,
            new_plan: None,
        })
    }
}

/// Refuses a statement of another kind than the client wants.
fn check_kind(statement: &Statement, wanted: StatementKind) -> Result<(), SqlError> {
    let is_query = matches!(statement, Statement::Query(_) | Statement::Explain(_));
    let fits = match wanted {
        StatementKind::Select => is_query,
        StatementKind::Update => !is_query,
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let message = "Given statement type does not match that declared by JDBC driver";
    Err(SqlError::ignite(state::PARSING, message))
}
