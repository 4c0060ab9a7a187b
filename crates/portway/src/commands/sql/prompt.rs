//! The shell on a terminal: line editing, history, completion.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use etcetera::BaseStrategy as _;
use rustyline::{
    Completer, Editor, Helper, Highlighter, Hinter, Validator,
    completion::Completer as CompletionSource, config::Configurer as _, error::ReadlineError,
    history::FileHistory,
};

use super::{shell::Shell, split::Splitter};
use crate::output::remark;

/// Lines of history that are kept.
const HISTORY_LINES: usize = 5000;

/// Words of SQL that are completed beside the names in the grid.
const KEYWORDS: [&str; 38] = [
    "ALTER", "AND", "AS", "BETWEEN", "BY", "CASE", "CAST", "COUNT", "CREATE", "DELETE", "DISTINCT",
    "DROP", "EXPLAIN", "FROM", "GROUP", "HAVING", "IN", "INDEX", "INNER", "INSERT", "INTO", "IS",
    "JOIN", "LEFT", "LIKE", "LIMIT", "MERGE", "NOT", "NULL", "OFFSET", "ON", "OR", "ORDER",
    "SELECT", "SET", "TABLE", "UPDATE", "VALUES",
];

/// What can be completed; the shell renews the names.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    fn set(&self, names: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// Names and words that begin with `beginning`, in whatever case.
    fn beginning_with(&self, beginning: &str) -> Vec<String> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let words = KEYWORDS.iter().map(|word| (*word).to_owned());
        let all = names.iter().cloned().chain(words);
        all.filter(|name| {
            let start = name.get(..beginning.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
        })
        .collect()
    }
}

#[derive(Helper, Completer, Highlighter, Hinter, Validator)]
struct Assistant {
    #[rustyline(Completer)]
    completion: Completion,
}

struct Completion {
    names: Names,
}

impl CompletionSource for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let start = typed
            .rfind(|character: char| !character.is_alphanumeric() && character != '_')
            .map_or(0, |at| {
                at + typed[at..].chars().next().map_or(1, char::len_utf8)
            });
        match &typed[start..] {
            "" => Ok((start, Vec::new())),
            word => Ok((start, self.names.beginning_with(word))),
        }
    }
}

type LineEditor = Editor<Assistant, FileHistory>;

/// What was typed.
enum Typed {
    Line(String),
    /// Ctrl-C.
    GivenUp,
    /// Ctrl-D.
    End,
}

/// Reads statements from the terminal and runs them, until Ctrl-D or `\q`.
pub(super) async fn run(shell: &mut Shell) -> anyhow::Result<()> {
    let names = Names::default();
    let history = history_file();
    let mut editor = open_editor(names.clone(), history.as_deref())?;
    remark("\\? lists the commands of the shell; statements end with a semicolon");
    let mut splitter = Splitter::default();
    while !shell.is_over() {
        if let Some(fresh) = shell.fresh_names().await {
            names.set(fresh);
        }
        let prompt = match splitter.is_empty() {
            true => format!("{}> ", shell.address()),
            false => "-> ".to_owned(),
        };
        let typed;
        (editor, typed) = read_line(editor, prompt).await?;
        match typed {
            Typed::End => break,
            Typed::GivenUp => splitter.clear(),
            Typed::Line(line) => {
                remember(&mut editor, &line, history.as_deref());
                obey(shell, &mut splitter, &line).await?;
            }
        }
    }
    Ok(())
}

/// Runs what a line completes.
async fn obey(shell: &mut Shell, splitter: &mut Splitter, line: &str) -> anyhow::Result<()> {
    if splitter.is_empty() && line.trim_start().starts_with('\\') {
        shell.meta(line.trim()).await?;
        return Ok(());
    }
    splitter.push_line(line);
    while let Some(statement) = splitter.next_statement() {
        shell.statement(&statement).await?;
    }
    Ok(())
}

/// Waits for a line on a thread of its own: the connection to the grid goes on meanwhile.
async fn read_line(mut editor: LineEditor, prompt: String) -> anyhow::Result<(LineEditor, Typed)> {
    let reading = tokio::task::spawn_blocking(move || {
        let line = editor.readline(&prompt);
        (editor, line)
    });
    let (editor, line) = reading.await?;
    let typed = match line {
        Ok(line) => Typed::Line(line),
        Err(ReadlineError::Interrupted) => Typed::GivenUp,
        Err(ReadlineError::Eof) => Typed::End,
        Err(error) => return Err(error.into()),
    };
    Ok((editor, typed))
}

fn open_editor(names: Names, history: Option<&Path>) -> anyhow::Result<LineEditor> {
    let mut editor = LineEditor::new()?;
    editor.set_max_history_size(HISTORY_LINES)?;
    editor.set_helper(Some(Assistant {
        completion: Completion { names },
    }));
    if let Some(history) = history {
        // The first time there is none.
        let _ = editor.load_history(history);
    }
    Ok(editor)
}

/// Keeps a line, unless a password may be in it.
fn remember(editor: &mut LineEditor, line: &str, history: Option<&Path>) {
    if line.trim().is_empty() || line.to_uppercase().contains("PASSWORD") {
        return;
    }
    let is_new = editor.add_history_entry(line).unwrap_or(false);
    if let (true, Some(history)) = (is_new, history) {
        // A shell without history is still a shell.
        let _ = editor.append_history(history);
    }
}

/// Where the history is kept, for its owner alone.
fn history_file() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy()
        .ok()?
        .data_dir()
        .join("portway");
    std::fs::create_dir_all(&folder).ok()?;
    let file = folder.join("sql_history");
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.append(true).create(true).open(&file).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_completed_in_whatever_case() {
        let names = Names::default();
        names.set(vec!["PERSON".to_owned(), "Selection".to_owned()]);
        assert_eq!(names.beginning_with("per"), ["PERSON"]);
        assert_eq!(names.beginning_with("sel"), ["Selection", "SELECT"]);
        assert_eq!(names.beginning_with("täx"), [] as [String; 0]);
    }
}
