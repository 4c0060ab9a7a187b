//! Where findings are gathered while a configuration is read.

use jsonc_parser::{ast::Value, common::Ranged};

use super::words;
use crate::config::{Diagnostic, Severity, Source, Span};

/// So many findings are kept; whoever has more begins with these.
const FINDING_LIMIT: usize = 1000;
/// Characters of a value that a message repeats.
const SHOWN_LIMIT: usize = 40;

/// What is legal where names lead to keys.
pub(super) const AN_OBJECT: &str = "an object: `{ … }`";

/// The findings so far.
#[derive(Debug)]
pub(super) struct Report<'a> {
    source: &'a Source,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < FINDING_LIMIT {
            self.diagnostics.push(diagnostic);
        }
    }

    /// A value that is not what its key wants.
    pub(super) fn wrong_value(&mut self, key: &str, value: &Value<'_>, legal: &str) {
        let shown = self.shown(value);
        let message = format!("`{key}` cannot be {shown}");
        self.add(
            Diagnostic::error(span(value), message)
                .with_key(key)
                .with_label(format!("legal: {legal}")),
        );
    }

    /// A name that nothing has.
    pub(super) fn unknown_name<'n>(
        &mut self,
        key: &str,
        (what, given): (&str, &str),
        at: Span,
        names: impl Iterator<Item = &'n str> + Clone,
    ) {
        let message = format!("`{key}` names {what} `{given}`, which there is not");
        let legal = words::list(names.clone());
        let finding = Diagnostic::error(at, message).with_key(key);
        let finding = finding.with_label(format!("legal: {legal}"));
        self.add(match words::nearest(given, names) {
            Some(meant) => finding.with_help(format!("did you mean `{meant}`?")),
            None => finding,
        });
    }

    /// The text of a value, cut where it gets long.
    fn shown(&self, value: &Value<'_>) -> String {
        let text = self.source.text().get(span(value).range());
        let text = text.unwrap_or_default().lines().next().unwrap_or_default();
        match text.char_indices().nth(SHOWN_LIMIT) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        let is_error = |found: &Diagnostic| found.severity() == Severity::Error;
        self.diagnostics.iter().any(is_error)
    }

    /// All findings in the order of the text, and whether one of them is an error.
    pub(super) fn finish(mut self) -> (Vec<Diagnostic>, bool) {
        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.span().start);
        let failed = self.has_errors();
        (self.diagnostics, failed)
    }
}

/// Where a value stands.
pub(super) fn span(value: &impl Ranged) -> Span {
    Span {
        start: value.start(),
        end: value.end(),
    }
}
