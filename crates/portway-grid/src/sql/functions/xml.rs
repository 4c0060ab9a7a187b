//! Functions that write XML.

use super::strings::{Outcome, made, text};
use super::{Function, each, of_nullable, up_to};
use crate::sql::types::SqlType::{Boolean, Varchar};
use crate::sql::value::SqlValue;

pub(super) fn all() -> Vec<Function> {
    let one = |name, body| Function::new(name, each(&[Varchar]), Varchar, body);
    vec![
        Function::new("XMLATTR", each(&[Varchar, Varchar]), Varchar, |values| {
            made(format!(
                " {}=\"{}\"",
                text(values, 0),
                escaped(text(values, 1), false)
            ))
        }),
        of_nullable(Function::new(
            "XMLNODE",
            up_to(&[Varchar, Varchar, Varchar, Boolean], 1),
            Varchar,
            node,
        )),
        one("XMLCOMMENT", |values| {
            let data = apart(text(values, 0));
            made(match data.contains('\n') {
                true => format!("<!--\n{}-->\n", indented(&data)),
                false => format!("<!-- {data} -->\n"),
            })
        }),
        one("XMLCDATA", |values| {
            let data = text(values, 0);
            if data.contains("]]>") {
                return made(escaped(data, false));
            }
            let end = if data.ends_with('\n') { "\n" } else { "" };
            made(format!("<![CDATA[{data}]]>{end}"))
        }),
        Function::new("XMLSTARTDOC", each(&[]), Varchar, |_| {
            made("<?xml version=\"1.0\"?>\n".to_owned())
        }),
        Function::new(
            "XMLTEXT",
            up_to(&[Varchar, Boolean], 1),
            Varchar,
            |values| {
                let lines_too = values.get(1) == Some(&SqlValue::Boolean(true));
                made(escaped(text(values, 0), lines_too))
            },
        ),
    ]
}

fn node(values: &[SqlValue]) -> Outcome {
    let (name, attributes) = (text(values, 0), text(values, 1));
    let Some(SqlValue::Varchar(content)) = values.get(2) else {
        return made(format!("<{name}{attributes}/>\n"));
    };
    let is_indented = values.get(3) != Some(&SqlValue::Boolean(false));
    let content = match is_indented && content.contains('\n') {
        true => format!("\n{}", indented(content)),
        false => content.clone(),
    };
    made(format!("<{name}{attributes}>{content}</{name}>\n"))
}

/// Two hyphens side by side would end a comment.
fn apart(data: &str) -> String {
    let mut apart = data.to_owned();
    while apart.contains("--") {
        apart = apart.replace("--", "- -");
    }
    apart
}

/// Each line four blanks further in, with an end of its own.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

fn escaped(text: &str, lines_too: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for unit in text.chars() {
        match unit {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&quot;"),
            '\r' | '\n' if !lines_too => escaped.push(unit),
            '\t' | ' '..='\u{7f}' => escaped.push(unit),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    escaped.push_str(&format!("&#x{unit:x};"));
                }
            }
        }
    }
    escaped
}
