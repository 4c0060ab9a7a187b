//! Statements carried out.

mod alter;
mod create;
mod delete;
mod insert;
mod known;
mod running;
mod select;
mod table_options;
mod update;

pub(crate) use running::Running;
pub(crate) use select::ResultSet;

use std::time::Duration;

use portway_ignite_protocol::{BinaryType, ClusterState, Platform, StatementKind, java};
use uuid::Uuid;

use super::catalog::Catalog;
use super::error::{SqlError, state};
use super::mirror::Mirror;
use super::parse::{Statement, UserStatement};
use super::table::Table;
use super::translate::{Given, Translator};
use super::value::SqlValue;
use crate::engine::{Call, Engine, EngineError};
use known::KnownStatements;
use select::{Prepared, Selected};

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
}

/// What came of a statement.
#[derive(Debug)]
pub(crate) enum Outcome {
    Rows(ResultSet),
    /// Rows that take long to find.
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
    mirror: Place,
    known: KnownStatements,
}

/// Where the mirror is.
#[derive(Debug, Default)]
enum Place {
    #[default]
    NotYetOpen,
    Here(Mirror),
    /// A query that takes long has it.
    Away,
}

/// What came of a statement before it is known where it goes on.
enum Step {
    Done(Outcome),
    /// A query that takes long.
    Leaves(Prepared),
}

/// What carrying out a statement uses.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) catalog: &'a Catalog,
    pub(crate) mirror: &'a mut Mirror,
    pub(crate) request: &'a Request<'a>,
}

impl Sql {
    /// Carries out a statement.
    pub(crate) fn execute(&mut self, engine: &mut Engine, request: &Request<'_>) -> Answer {
        let parsed = self.known.parsed(request.sql)?;
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
        let mut run = self.run(engine, request)?;
        run.mirror.limit_time(request.timeout);
        run.engine.expire_all(request.now);
        let step = run.carry_out(statement);
        run.mirror.limit_time(None);
        match step? {
            // What is wrong with the statement is told first; tables are not there.
            _ if is_inactive => Err(EngineError::Inactive.into()),
            Step::Done(outcome) => Ok(outcome),
            Step::Leaves(prepared) => self.leave(prepared, request),
        }
    }

    /// Gives the mirror to a query that takes long.
    fn leave(&mut self, prepared: Prepared, request: &Request<'_>) -> Answer {
        let Place::Here(mirror) = std::mem::replace(&mut self.mirror, Place::Away) else {
            return Err(SqlError::Busy);
        };
        Ok(Outcome::Running(Box::new(Running {
            mirror,
            prepared,
            timeout: request.timeout,
            limit: request.answer_bytes,
        })))
    }

    /// Takes the mirror back; without one the next statement opens another.
    pub(crate) fn take_back(&mut self, mirror: Option<Mirror>) {
        if let Some(mirror) = &mirror {
            mirror.forget_stop();
        }
        self.mirror = mirror.map_or(Place::NotYetOpen, Place::Here);
    }

    /// Whether statements have to wait.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.mirror, Place::Away)
    }

    /// The tables there are, and the mirror without those that are no longer what they were.
    pub(super) fn opened(
        &mut self,
        engine: &mut Engine,
    ) -> Result<(&Catalog, &mut Mirror), SqlError> {
        if matches!(self.mirror, Place::NotYetOpen) {
            self.mirror = Place::Here(Mirror::open()?);
        }
        let Place::Here(mirror) = &mut self.mirror else {
            return Err(SqlError::Busy);
        };
        let version = engine.definitions();
        if self
            .catalog
            .as_ref()
            .is_none_or(|catalog| catalog.version != version)
        {
            let catalog = Catalog::new(version, engine.configurations()?.into_iter());
            let is_same = |table: &Table| {
                catalog
                    .find(&table.schema, &table.name)
                    .is_some_and(|known| **known == *table)
            };
            mirror.keep(is_same, engine)?;
            self.catalog = Some(catalog);
        }
        Ok((self.catalog.get_or_insert_default(), mirror))
    }

    fn run<'a>(
        &'a mut self,
        engine: &'a mut Engine,
        request: &'a Request<'a>,
    ) -> Result<Run<'a>, SqlError> {
        let (catalog, mirror) = self.opened(engine)?;
        if !catalog.has_schema(request.schema) {
            let message = format!(
                "Failed to set schema for DB connection for thread [schema={}]",
                request.schema
            );
            return Err(SqlError::ignite(state::INTERNAL, message));
        }
        Ok(Run {
            engine,
            catalog,
            mirror,
            request,
        })
    }
}

impl Run<'_> {
    fn carry_out(&mut self, statement: &Statement) -> Result<Step, SqlError> {
        if let Statement::Query(query) = statement {
            return Ok(match self.select(query)? {
                Selected::Rows(rows) => Step::Done(Outcome::Rows(rows)),
                Selected::Long(prepared) => Step::Leaves(prepared),
            });
        }
        self.carry_out_here(statement).map(Step::Done)
    }

    /// Everything but queries.
    fn carry_out_here(&mut self, statement: &Statement) -> Answer {
        match statement {
            Statement::Explain(query) => self.explain(query).map(Outcome::Rows),
            Statement::Insert { insert, replaces } => {
                self.insert(insert, *replaces).map(Outcome::Updated)
            }
            Statement::Update(update) => self.update(update).map(Outcome::Updated),
            Statement::Delete(delete) => self.delete(delete).map(Outcome::Updated),
            Statement::User(user) => Ok(Outcome::User(user.clone())),
            definition => {
                self.define(definition)?;
                Ok(Outcome::Updated(0))
            }
        }
    }

    fn define(&mut self, statement: &Statement) -> Result<(), SqlError> {
        match statement {
            Statement::CreateTable(create) => self.create_table(create),
            Statement::DropTable(drop) => self.drop_table(drop),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateIndex(create) => self.create_index(create),
            Statement::DropIndex(drop) => self.drop_index(drop),
            Statement::Statistics => Ok(()),
            _ => Err(SqlError::unsupported("this statement")),
        }
    }

    fn translator(&self) -> Translator<'_> {
        Translator::new(Given {
            catalog: self.catalog,
            mirror: self.mirror,
            schema: self.request.schema,
            arguments: self.request.arguments,
            now: self.request.now,
        })
    }

    /// Refuses new rows that are written in the statement, which a real node sees before it has any.
    fn check_dml(&self, table: &Table) -> Result<(), SqlError> {
        if self.engine.check_writable(table.cache).is_ok() {
            return Ok(());
        }
        let message = format!(
            "Failed to execute DML statement. Cluster in read-only mode [stmt={}, \
             params=QueryParameters [args=null, parts=null, timeout=0, lazy=false, pageSize=1024, \
             dataPageScanEnabled=null, autoCommit=true, batchedArgs=null, updateBatchSize=1]]",
            self.request.sql
        );
        Err(SqlError::ignite(state::READ_ONLY, message))
    }

    pub(crate) fn call(&self, table: &Table) -> Call {
        Call {
            cache: table.cache,
            policy: None,
            transaction: None,
            now: self.request.now,
        }
    }

    /// Tells the engine of the types of objects that are about to be stored.
    fn register(&mut self, types: &[BinaryType]) -> Result<(), SqlError> {
        for ty in types {
            let known = self.engine.binary_type(ty.id)?;
            let has_schema = |known: &BinaryType| {
                ty.schemas
                    .iter()
                    .all(|schema| known.schemas.contains(schema))
            };
            if known.as_ref().is_some_and(has_schema) {
                continue;
            }
            let name = ty.name.clone().unwrap_or_default();
            debug_assert_eq!(java::type_id(&name), ty.id);
            self.engine.put_type_name(Platform::Java, ty.id, &name)?;
            self.engine.put_binary_type(ty.clone())?;
        }
        Ok(())
    }

    /// The schema and the table that a statement names.
    fn named<'n>(&'n self, name: &'n [String]) -> (&'n str, &'n str) {
        match name {
            [.., schema, table] => (schema, table),
            [table] => (self.request.schema, table),
            [] => (self.request.schema, ""),
        }
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
