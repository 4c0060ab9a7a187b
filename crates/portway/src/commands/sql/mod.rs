//! `portway sql`: a shell against any grid.

mod catalog;
mod cell;
mod meta;
mod printer;
mod prompt;
mod shell;
mod split;

use std::{
    fs::File,
    io::{BufRead as _, BufReader, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use tokio::io::AsyncBufReadExt as _;

use crate::{
    arguments::{CredentialArguments, DataArguments, GridAddress, GridTlsArguments},
    commands::fleet_access,
    failure::{Advise as _, AlreadyReported},
};
use printer::Format;
use shell::Shell;
use split::Splitter;

const EXAMPLES: &str = "\
Examples:
  # The grid of the gateway on this machine
  portway sql

  # Any Apache Ignite node, inside TLS
  portway sql node1:10800 --grid-user ignite --grid-password-file password --grid-ca ca.pem

  # One statement, for a program
  portway sql 127.0.0.1:10800 --json -c 'SELECT * FROM Person'

  # A script
  portway sql 127.0.0.1:10800 < schema.sql

Statements end with a semicolon. In the shell \\? lists its own commands. Ctrl-C gives up the running query, Ctrl-D ends.

JSON: an object for each row, {\"COLUMN\": value, ...}, one a line; {\"updated\": COUNT} for a statement without rows. Decimal
numbers, UUIDs and times are texts.";

/// Ask a grid in SQL
///
/// Speaks to `portway grid`, to the grid inside a gateway, and to Apache Ignite. Without a
/// terminal on stdin it runs a script and ends at the first statement that fails.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SqlArguments {
    /// Addresses of the grid: HOST:PORT, `[V6]:PORT` or unix:PATH, comma-separated
    /// [default: the gateway's own, DATA/grid.sock]
    #[arg(value_name = "ADDR[,ADDR]", value_delimiter = ',')]
    pub(crate) grid: Vec<GridAddress>,

    /// Run these statements and end (may be repeated)
    #[arg(short, long, value_name = "SQL")]
    pub(crate) command: Vec<String>,

    /// Run the statements of this file and end
    #[arg(short, long, value_name = "FILE", conflicts_with = "command")]
    pub(crate) file: Option<PathBuf>,

    /// The schema of names that have none
    #[arg(long, value_name = "NAME", default_value = "PUBLIC")]
    pub(crate) schema: String,

    /// Write rows as comma-separated values
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,

    /// Write rows as JSON, an object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// Tell on stderr how long each statement took
    #[arg(long)]
    pub(crate) timing: bool,

    #[command(flatten)]
    pub(crate) data: DataArguments,

    #[command(flatten)]
    pub(crate) credentials: CredentialArguments,

    #[command(flatten)]
    pub(crate) tls: GridTlsArguments,
}

/// Runs statements until they end.
///
/// # Errors
///
/// Fails when the grid cannot be reached, and in a script when a statement fails.
pub(crate) async fn run(arguments: SqlArguments) -> anyhow::Result<()> {
    let format = match (arguments.csv, arguments.json) {
        (true, _) => Format::Csv,
        (_, true) => Format::Json,
        _ => Format::Aligned,
    };
    let SqlArguments {
        grid,
        data,
        credentials,
        tls,
        ..
    } = &arguments;
    let grid = fleet_access::named_or_own(grid, data, credentials, tls)?;
    let mut shell = Shell::connect(grid, &arguments.schema, format, arguments.timing).await?;
    if !arguments.command.is_empty() {
        let mut script = Script::new(&mut shell);
        for text in &arguments.command {
            script.line(text).await?;
            script.end().await?;
        }
        return Ok(());
    }
    match &arguments.file {
        Some(file) => run_file(&mut shell, file).await,
        None if std::io::stdin().is_terminal() => prompt::run(&mut shell).await,
        None => run_stdin(&mut shell).await,
    }
}

async fn run_file(shell: &mut Shell, file: &PathBuf) -> anyhow::Result<()> {
    let opened = File::open(file).advise(
        format_args!("cannot read {}", file.display()),
        "name a file with SQL statements, or give them on stdin",
    )?;
    let mut script = Script::new(shell);
    for line in BufReader::new(opened).lines() {
        script.line(&line?).await?;
    }
    script.end().await
}

async fn run_stdin(shell: &mut Shell) -> anyhow::Result<()> {
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let mut script = Script::new(shell);
    while let Some(line) = lines.next_line().await? {
        script.line(&line).await?;
    }
    script.end().await
}

/// Statements that nobody watches: the first that fails is the end.
struct Script<'a> {
    shell: &'a mut Shell,
    splitter: Splitter,
}

impl<'a> Script<'a> {
    fn new(shell: &'a mut Shell) -> Self {
        Self {
            shell,
            splitter: Splitter::default(),
        }
    }

    async fn line(&mut self, line: &str) -> anyhow::Result<()> {
        if self.splitter.is_empty() && line.trim_start().starts_with('\\') {
            return checked(self.shell.meta(line.trim()).await?);
        }
        self.splitter.push_line(line);
        while let Some(statement) = self.splitter.next_statement() {
            checked(self.shell.statement(&statement).await?)?;
        }
        Ok(())
    }

    /// Runs the last statement, which may lack its semicolon.
    async fn end(&mut self) -> anyhow::Result<()> {
        match self.splitter.rest() {
            Some(statement) => checked(self.shell.statement(&statement).await?),
            None => Ok(()),
        }
    }
}

/// What went wrong was told already.
fn checked(success: bool) -> anyhow::Result<()> {
    match success {
        true => Ok(()),
        false => Err(AlreadyReported { exit_code: 1 }.into()),
    }
}
