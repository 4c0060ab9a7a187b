//! SQL, 2002 to 2005.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portway_ignite_protocol::{
    CacheHeader, QueryTimeout, RawValue, ResourceId, ServerError, SqlFieldsRequest, SqlRequest,
    StatementKind, Status, Writer,
};

use super::Context;
use super::answer::{Body, body_of, failed};
use super::long_queries::{AnswerForm, Form, Head, LongQuery};
use super::reply::Refusal;
use crate::engine::{CopyId, Engine, EngineError, QueryInView};
use crate::sql::{
    Mirror, Outcome, Request, ResultSet, Running, Searched, Sql, SqlError, SqlValue, state,
};

/// The schema of statements that name neither schema nor cache.
const DEFAULT_SCHEMA: &str = "PUBLIC";
/// The column of what DML and definitions answer.
const UPDATED: &str = "UPDATED";
/// Bytes of rows that one statement may leave behind for its pages.
const ROWS_BYTES: usize = 256 << 20;
/// Numbers of partitions end before this one, whatever the cache (`MAX_PARTITIONS_COUNT`).
const MOST_PARTITIONS: i32 = 65_000;

/// The state of SQL that all connections share.
#[derive(Debug, Default)]
pub(crate) struct SharedSql(Mutex<Sql>);

impl SharedSql {
    /// Whether statements that take long have to wait for another's end.
    pub(crate) fn is_busy(&self) -> bool {
        self.lock().is_busy()
    }

    /// Takes the copy of a statement back, if it is whole; answers what is to be dropped.
    pub(crate) fn take_back(
        &self,
        copy: CopyId,
        mirror: Option<Mirror>,
        engine: &mut Engine,
    ) -> Option<Mirror> {
        self.lock().take_back(copy, mirror, engine)
    }

    /// Hands what was found to the statement that is carried out next; nothing must have changed.
    pub(crate) fn remember(&self, searched: Option<Searched>) {
        self.lock().remember(searched);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Sql> {
        // What a panicking statement left is read again with the next change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Context<'_> {
    pub(super) fn sql_fields(&mut self, request: &SqlFieldsRequest) -> Result<Body, Refusal> {
        check_options(request)?;
        let schema = self.schema(request.header, request.schema.as_deref())?;
        let arguments = arguments(&request.arguments)?;
        let carried_out = self.carried_out(&Request {
            sql: &request.sql,
            schema: &schema,
            arguments: &arguments,
            kind: request.statement,
            timeout: self.statement_timeout(limit(request.timeout)),
            partitions: request.partitions.as_deref(),
            now: self.now,
            answer_bytes: ROWS_BYTES,
            node: self.host.node,
            functions: &self.host.functions,
            connection: self.connection,
        })?;
        let form = AnswerForm {
            sql: request.sql.clone(),
            schema,
            page_size: request.page_size,
            head: match request.include_names {
                true => Head::Names,
                false => Head::Count,
            },
        };
        self.answered(carried_out, form)
    }

    fn answered(&mut self, carried_out: CarriedOut, form: AnswerForm) -> Result<Body, Refusal> {
        match carried_out {
            CarriedOut::Rows(rows) => self.first_page(rows, &form),
            CarriedOut::Runs(running) => Err(Refusal::Runs(Box::new(LongQuery {
                running: *running,
                form: Form::Rows(form),
            }))),
        }
    }

    /// The older form: a condition on the entries of one type, or a whole SELECT of them.
    pub(super) fn sql_entries(&mut self, request: &SqlRequest) -> Result<Body, Refusal> {
        let schema = self.schema(request.header, None)?;
        let arguments = arguments(&request.arguments)?;
        let configuration = self.engine.cache_configuration(request.header.cache.0)?;
        let table = crate::sql::table_of_type(&configuration, &request.type_name);
        let Some(table) = table else {
            let message = format!(
                "50000: Failed to find SQL table for type: {}",
                request.type_name
            );
            return Err(failed(message).into());
        };
        let sql = whole_statement(&table, &request.sql);
        let timeout = u64::try_from(request.timeout)
            .ok()
            .filter(|timeout| *timeout > 0);
        let carried_out = self.carried_out(&Request {
            sql: &sql,
            schema: &schema,
            arguments: &arguments,
            kind: StatementKind::Select,
            timeout: self.statement_timeout(timeout.map(Duration::from_millis)),
            partitions: None,
            now: self.now,
            answer_bytes: ROWS_BYTES,
            node: self.host.node,
            functions: &self.host.functions,
            connection: self.connection,
        })?;
        let form = AnswerForm {
            sql,
            schema,
            page_size: request.page_size,
            head: Head::Nothing,
        };
        self.answered(carried_out, form)
    }

    pub(super) fn sql_page(&mut self, id: ResourceId) -> Result<Body, ServerError> {
        let mut writer = Writer::new().with_dialect(self.dialect);
        let page = self.engine.next_rows(self.connection, id, |page| {
            write_page(page, &mut writer);
        });
        page.map_err(|error| in_sql(error.into()))?;
        Ok(body_of(writer))
    }

    fn carried_out(&mut self, request: &Request<'_>) -> Result<CarriedOut, Refusal> {
        let outcome = self.host.sql.lock().execute(self.engine, request);
        let outcome = outcome.map_err(|error| self.refused(error, request.sql))?;
        let updated = match outcome {
            Outcome::Rows(rows) => return Ok(CarriedOut::Rows(rows)),
            Outcome::Running(running) => return Ok(CarriedOut::Runs(running)),
            Outcome::Updated(count) => count,
            Outcome::User(statement) => {
                self.user_statement(&statement)?;
                0
            }
        };
        let mut rows = ResultSet::new([UPDATED.to_owned()].into());
        rows.push(|writer| SqlValue::BigInt(updated).write(writer));
        Ok(CarriedOut::Rows(rows))
    }

    /// The time that a statement has: what it asks for, or what the grid gives.
    fn statement_timeout(&self, asked: Option<Duration>) -> Option<Duration> {
        let asked = asked.filter(|asked| !asked.is_zero());
        Some(asked.unwrap_or(self.host.statement_timeout))
    }

    pub(super) fn refused(&self, error: SqlError, sql: &str) -> Refusal {
        match error {
            // A transaction holds a row: the whole statement is carried out again later.
            SqlError::Engine(error @ EngineError::Waits(_)) => error.into(),
            SqlError::Busy => Refusal::WaitsForSql,
            SqlError::Unread => Refusal::ReadsOn,
            error => error.into_server_error(sql, self.host.node).into(),
        }
    }

    /// The first page of rows, after what stands before it.
    pub(super) fn first_page(
        &mut self,
        rows: ResultSet,
        form: &AnswerForm,
    ) -> Result<Body, Refusal> {
        let columns = Arc::clone(&rows.columns);
        let mut rows = rows.into_rows(usize::try_from(form.page_size).unwrap_or(0).max(1));
        if rows.is_longer_than_a_page() {
            rows.show(QueryInView {
                number: self.engine.next_query(),
                connection: self.connection,
                sql: form.sql.clone(),
                schema: form.schema.clone(),
                begun: self.now,
            });
        }
        let id = self.engine.open_rows(self.connection, rows);
        let id = id.map_err(|error| in_sql(error.into()))?;
        let mut writer = Writer::new().with_dialect(self.dialect);
        writer.i64(id.0);
        if form.head != Head::Nothing {
            writer.count(columns.len());
        }
        if form.head == Head::Names {
            for column in columns.iter() {
                writer.string(column);
            }
        }
        let page = self.engine.next_rows(self.connection, id, |page| {
            write_page(page, &mut writer);
        });
        page.map_err(|error| in_sql(error.into()))?;
        Ok(body_of(writer))
    }

    /// The schema that is meant: the one named, that of the cache, or PUBLIC.
    fn schema(&self, header: CacheHeader, named: Option<&str>) -> Result<String, ServerError> {
        match named {
            Some(schema) if schema.trim().is_empty() => {
                let message = "Failed to set schema for DB connection. Schema name could not be \
                               an empty string";
                Err(refused_option(message))
            }
            Some(schema) => Ok(schema.to_owned()),
            _ if header.cache.0 == 0 => Ok(DEFAULT_SCHEMA.to_owned()),
            _ => {
                let configuration = self.engine.cache_configuration(header.cache.0);
                let configuration = configuration.map_err(|error| match error {
                    EngineError::CacheNotFound(id) => ServerError::new(
                        Status::CACHE_DOES_NOT_EXIST,
                        format!("50000: Cache does not exist [cacheId= {id}]"),
                    ),
                    other => other.into(),
                })?;
                Ok(crate::sql::schema_of(&configuration))
            }
        }
    }
}

/// What came of a statement, or where it goes on.
enum CarriedOut {
    Rows(ResultSet),
    Runs(Box<Running>),
}

/// Checks what a node checks before it looks for the schema (`SqlFieldsQuery.setPartitions`,
/// `setUpdateBatchSize`).
fn check_options(request: &SqlFieldsRequest) -> Result<(), ServerError> {
    if let Some(partitions) = &request.partitions {
        check_partitions(partitions)?;
    }
    if request.update_batch_size < 1 {
        return Err(invalid_argument("updateBatchSize cannot be lower than 1"));
    }
    Ok(())
}

fn check_partitions(partitions: &[i32]) -> Result<(), ServerError> {
    if partitions.is_empty() {
        return Err(invalid_argument("Partitions must not be empty."));
    }
    if !partitions
        .iter()
        .all(|number| (0..MOST_PARTITIONS).contains(number))
    {
        return Err(invalid_argument("Illegal partition"));
    }
    let mut known = BTreeSet::new();
    match partitions.iter().find(|number| !known.insert(**number)) {
        Some(twice) => {
            let message = format!("Partition duplicates are not allowed: {twice}");
            Err(invalid_argument(&message))
        }
        None => Ok(()),
    }
}

fn invalid_argument(what: &str) -> ServerError {
    refused_option(&format!("Ouch! Argument is invalid: {what}"))
}

fn refused_option(message: &str) -> ServerError {
    failed(format!("{}: {message}", state::INTERNAL))
}

fn limit(timeout: QueryTimeout) -> Option<Duration> {
    match timeout {
        QueryTimeout::Milliseconds(milliseconds) => {
            Some(Duration::from_millis(milliseconds.into()))
        }
        _ => None,
    }
}

fn arguments(raw: &[RawValue]) -> Result<Vec<SqlValue>, ServerError> {
    let value = |raw: &RawValue| {
        SqlValue::from_raw(raw)
            .map_err(|error| failed(format!("An argument cannot be read: {error}")))
    };
    raw.iter().map(value).collect()
}

/// A failure that SQL's clients read the SQLSTATE of.
fn in_sql(error: ServerError) -> ServerError {
    match error.status {
        Status::RESOURCE_DOES_NOT_EXIST | Status::TOO_MANY_CURSORS => {
            let message = format!("50000: {}", error.message);
            ServerError::new(error.status, message)
        }
        _ => error,
    }
}

/// Row count, rows, whether there are more.
fn write_page((count, rows, has_more): (usize, &[u8], bool), writer: &mut Writer) {
    writer.count(count);
    writer.bytes(rows);
    writer.bool(has_more);
}

/// The statement that the older form of SQL stands for.
fn whole_statement(table: &str, sql: &str) -> String {
    let trimmed = sql.trim_start();
    let upper = trimmed.to_ascii_uppercase();
    if upper.starts_with("SELECT") {
        let from = upper.find("FROM").unwrap_or(upper.len());
        return format!("SELECT _KEY, _VAL {}", &trimmed[from..]);
    }
    let selected = format!("SELECT _KEY, _VAL FROM \"{table}\"");
    match upper {
        upper if upper.is_empty() => selected,
        upper if upper.starts_with("FROM") => format!("SELECT _KEY, _VAL {trimmed}"),
        upper
            if upper.starts_with("WHERE")
                || upper.starts_with("ORDER")
                || upper.starts_with("LIMIT") =>
        {
            format!("{selected} {trimmed}")
        }
        _ => format!("{selected} WHERE {trimmed}"),
    }
}
