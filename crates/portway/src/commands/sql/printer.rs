//! Rows on stdout: aligned, as comma-separated values, or as JSON.

use portway_ignite::Value;
use unicode_width::UnicodeWidthStr as _;

use super::cell;
use crate::output::{print, print_line};

/// Columns of people are not made wider than this for one long value.
const WIDEST_COLUMN: usize = 100;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Aligned,
    Csv,
    Json,
}

/// Writes the rows of one statement, a page at a time: memory is that of a page.
pub(super) struct Printer<'a> {
    format: Format,
    columns: &'a [String],
    is_begun: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(format: Format, columns: &'a [String]) -> Self {
        Self {
            format,
            columns,
            is_begun: false,
        }
    }

    /// Writes some rows; the first time below the names of the columns.
    pub(super) fn page(&mut self, rows: &[Vec<Value>]) -> anyhow::Result<()> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let text = match self.format {
            Format::Aligned => aligned(self.columns, rows, is_first),
            Format::Csv => {
                let names =
                    is_first.then(|| csv_line(self.columns.iter().map(|name| Some(name.clone()))));
                let text = |value: &Value| (*value != Value::Null).then(|| cell::plain(value));
                let lines = rows.iter().map(|row| csv_line(row.iter().map(text)));
                names.into_iter().chain(lines).collect()
            }
            Format::Json => rows
                .iter()
                .map(|row| json_line(self.columns, row))
                .collect(),
        };
        print(text.as_bytes())
    }
}

/// Tells what a statement without rows has done.
pub(super) fn print_updated(format: Format, count: i64) -> anyhow::Result<()> {
    match format {
        Format::Aligned => print_line(&format!("{count} changed")),
        Format::Csv => Ok(()),
        Format::Json => print_line(&format!("{{\"updated\":{count}}}")),
    }
}

fn aligned(columns: &[String], rows: &[Vec<Value>], with_names: bool) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(cell::shown).collect())
        .collect();
    let width = |column: usize| {
        let of_cells = cells.iter().map(|row| row[column].width());
        let widest = of_cells.max().unwrap_or(0).min(WIDEST_COLUMN);
        widest.max(columns[column].width())
    };
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    if with_names {
        let left = vec![false; columns.len()];
        push_row(&mut text, columns, &widths, &left);
        let rules: Vec<_> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
        text.push_str(&rules.join("+"));
        text.push('\n');
    }
    for (row, cells) in rows.iter().zip(&cells) {
        let right: Vec<_> = row.iter().map(cell::is_number).collect();
        push_row(&mut text, cells, &widths, &right);
    }
    text
}

fn push_row(text: &mut String, cells: &[String], widths: &[usize], right: &[bool]) {
    let mut line = String::new();
    for (column, cell) in cells.iter().enumerate() {
        let padding = " ".repeat(widths[column].saturating_sub(cell.width()));
        let separator = if column == 0 { " " } else { " | " };
        line.push_str(separator);
        match right[column] {
            true => line.extend([padding.as_str(), cell]),
            false => line.extend([cell.as_str(), &padding]),
        }
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// A line as in RFC 4180, ended by a line feed.
/// Null is nothing at all, an empty text is in quotes, as PostgreSQL and others tell them apart.
fn csv_line(cells: impl Iterator<Item = Option<String>>) -> String {
    let quoted: Vec<_> = cells
        .map(|cell| match cell {
            Some(cell) if cell.is_empty() || cell.contains([',', '"', '\n', '\r']) => {
                format!("\"{}\"", cell.replace('"', "\"\""))
            }
            cell => cell.unwrap_or_default(),
        })
        .collect();
    quoted.join(",") + "\n"
}

/// An object, its members in the order of the columns.
fn json_line(columns: &[String], row: &[Value]) -> String {
    let members: Vec<_> = columns
        .iter()
        .zip(row)
        .map(|(name, value)| {
            format!(
                "{}:{}",
                serde_json::Value::from(name.as_str()),
                cell::json(value)
            )
        })
        .collect();
    format!("{{{}}}\n", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Vec<String>, Vec<Vec<Value>>) {
        let columns = ["ID", "NAME"].map(str::to_owned).to_vec();
        let rows = vec![
            vec![Value::Int(1), Value::String("東京, \"x\"".to_owned())],
            vec![Value::Int(1000), Value::Null],
        ];
        (columns, rows)
    }

    #[test]
    fn columns_are_aligned_by_the_width_that_a_terminal_shows() {
        let (columns, rows) = rows();
        let expected = "\u{20}ID   | NAME\n------+-----------\n    1 | 東京, \"x\"\n 1000 | NULL\n";
        assert_eq!(aligned(&columns, &rows, true), expected);
    }

    #[test]
    fn comma_separated_values_are_quoted_where_they_must_be() {
        let cells = [Some("a,b"), Some("c\"d"), None, Some("e"), Some("")];
        assert_eq!(
            csv_line(cells.into_iter().map(|cell| cell.map(str::to_owned))),
            "\"a,b\",\"c\"\"d\",,e,\"\"\n"
        );
    }

    #[test]
    fn json_keeps_the_order_of_the_columns() {
        let (columns, rows) = rows();
        let line = json_line(&columns, &rows[1]);
        assert_eq!(line, "{\"ID\":1000,\"NAME\":null}\n");
    }
}
