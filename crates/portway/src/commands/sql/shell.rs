//! Runs statements and the shell's own commands, one after the other.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use portway_ignite::{Client, Date, Error, SqlQuery, SqlRow, Value};

use super::{
    catalog,
    meta::{HELP, Meta},
    printer::{Format, Printer, print_updated},
    split::Splitter,
};
use crate::{
    arguments::GridArguments,
    commands::fleet_access,
    output::{print_line, remark},
};

/// Rows that are fetched, and held, at once.
const PAGE_ROWS: NonZeroU32 = NonZeroU32::new(1024).expect("is not zero");

/// A connection to a grid, and how answers are written.
pub(super) struct Shell {
    client: Client,
    grid: GridArguments,
    schema: String,
    format: Format,
    timing: bool,
    is_over: bool,
    /// Tables may have changed since names were last asked for.
    names_changed: bool,
}

/// How a statement ended.
enum Ending {
    Done,
    Failed(Error),
    /// By Ctrl-C.
    GivenUp,
}

impl Shell {
    pub(super) async fn connect(
        grid: GridArguments,
        schema: &str,
        format: Format,
        timing: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            client: fleet_access::dial_patiently(&grid).await?,
            grid,
            schema: schema.to_owned(),
            format,
            timing,
            is_over: false,
            names_changed: true,
        })
    }

    /// Whether the shell was told to end.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The grid, for a prompt.
    pub(super) fn address(&self) -> String {
        fleet_access::addresses(&self.grid)
    }

    /// Names to complete, if they may have changed since the last time.
    pub(super) async fn fresh_names(&mut self) -> Option<Vec<String>> {
        match std::mem::take(&mut self.names_changed) {
            true => Some(catalog::names(&self.client).await),
            false => None,
        }
    }

    /// Runs a statement and writes what it answers. Answers whether it succeeded; what went wrong
    /// is told on stderr.
    pub(super) async fn statement(&mut self, statement: &str) -> anyhow::Result<bool> {
        let begun = Instant::now();
        let ending = tokio::select! {
            ending = self.run(statement) => ending?,
            _ = tokio::signal::ctrl_c() => Ending::GivenUp,
        };
        self.names_changed |= changes_tables(statement);
        match ending {
            Ending::Done => {
                self.tell_time(begun.elapsed());
                Ok(true)
            }
            Ending::Failed(error) => {
                remark(&format!("error: {error}"));
                Ok(false)
            }
            Ending::GivenUp => {
                remark("given up");
                // The grid gives up what a connection asked for when that is gone.
                self.client.close().await;
                self.client = fleet_access::dial_patiently(&self.grid).await?;
                Ok(false)
            }
        }
    }

    async fn run(&self, statement: &str) -> anyhow::Result<Ending> {
        let query = SqlQuery::new(statement)
            .schema(&self.schema)
            .page_size(PAGE_ROWS);
        let mut cursor = match self.client.sql(query).await {
            Ok(cursor) => cursor,
            Err(error) => return Ok(Ending::Failed(error)),
        };
        if let Some(count) = cursor.update_count() {
            print_updated(self.format, count)?;
            return Ok(Ending::Done);
        }
        let columns = cursor.columns().to_vec();
        let mut printer = Printer::new(self.format, &columns);
        let mut page: Vec<Vec<Value>> = Vec::new();
        let mut count = 0u64;
        while let Some(row) = cursor.next().await {
            let values = row.and_then(|row| {
                let columns = 0..columns.len();
                columns.map(|column| value(&row, column)).collect()
            });
            match values {
                Ok(values) => page.push(values),
                Err(error) => return Ok(Ending::Failed(error)),
            }
            count += 1;
            if page.len() == PAGE_ROWS.get() as usize {
                printer.page(&page)?;
                page.clear();
            }
        }
        if !page.is_empty() || count == 0 {
            printer.page(&page)?;
        }
        if self.format == Format::Aligned {
            let rows = if count == 1 { "row" } else { "rows" };
            print_line(&format!("({count} {rows})"))?;
        }
        Ok(Ending::Done)
    }

    fn tell_time(&self, elapsed: Duration) {
        if self.timing {
            remark(&format!("Time: {:.3} ms", elapsed.as_secs_f64() * 1000.0));
        }
    }

    /// Runs a command that begins with a backslash. Answers whether it succeeded.
    pub(super) async fn meta(&mut self, line: &str) -> anyhow::Result<bool> {
        let Some(meta) = Meta::parse(line) else {
            remark(&format!(
                "error: there is no command {line}; \\? lists them"
            ));
            return Ok(false);
        };
        match meta {
            Meta::Tables => self.statement(catalog::TABLES).await,
            Meta::Indexes => self.statement(catalog::INDEXES).await,
            Meta::Schemas => self.statement(catalog::SCHEMAS).await,
            Meta::Describe(name) => self.describe(name).await,
            Meta::Caches => self.caches().await,
            Meta::Run(file) => self.run_file(file).await,
            Meta::Format(name) => Ok(self.set_format(name)),
            Meta::Timing => {
                self.timing = !self.timing;
                let state = if self.timing { "on" } else { "off" };
                remark(&format!("timing is {state}"));
                Ok(true)
            }
            Meta::Help => print_line(HELP).map(|()| true),
            Meta::Quit => {
                self.is_over = true;
                Ok(true)
            }
        }
    }

    async fn describe(&mut self, name: &str) -> anyhow::Result<bool> {
        let mut succeeded = true;
        for statement in catalog::describe(name) {
            succeeded &= self.statement(&statement).await?;
        }
        Ok(succeeded)
    }

    async fn caches(&self) -> anyhow::Result<bool> {
        match self.client.cache_names().await {
            Ok(mut names) => {
                names.sort_unstable();
                let rows: Vec<_> = names
                    .into_iter()
                    .map(|name| vec![Value::String(name)])
                    .collect();
                Printer::new(self.format, &["CACHE_NAME".to_owned()]).page(&rows)?;
                Ok(true)
            }
            Err(error) => {
                remark(&format!("error: {error}"));
                Ok(false)
            }
        }
    }

    fn set_format(&mut self, name: &str) -> bool {
        self.format = match name {
            "aligned" => Format::Aligned,
            "csv" => Format::Csv,
            "json" => Format::Json,
            _ => {
                remark("error: rows can be written as aligned, csv or json");
                return false;
            }
        };
        true
    }

    /// Runs the statements of a file, up to the first that fails.
    async fn run_file(&mut self, file: &str) -> anyhow::Result<bool> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                remark(&format!("error: cannot read {file}: {error}"));
                return Ok(false);
            }
        };
        let mut splitter = Splitter::default();
        splitter.push_line(&text);
        let statements =
            std::iter::from_fn(|| splitter.next_statement().or_else(|| splitter.rest()));
        for statement in statements.collect::<Vec<_>>() {
            if !self.statement(&statement).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The value of a column. A `DATE` of a real node comes as Java serialises it: the client knows it as
/// a date, but not as any value.
fn value(row: &SqlRow, column: usize) -> Result<Value, Error> {
    let value = row.get(column)?;
    if let Value::Opaque(_) = value
        && let Ok(date) = row.get::<Date>(column)
    {
        return Ok(Value::Date(date.milliseconds));
    }
    Ok(value)
}

/// Whether names may be others after a statement.
fn changes_tables(statement: &str) -> bool {
    let word = statement.split_whitespace().next().unwrap_or_default();
    ["CREATE", "ALTER", "DROP"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}
