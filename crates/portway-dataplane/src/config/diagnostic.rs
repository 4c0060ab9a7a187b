//! What is wrong with a configuration, and how it is told.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Source, Span};

/// So many findings are drawn; of more, their number is told.
const DRAWN_LIMIT: usize = 20;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can, but does something else than one may think.
    Warning,
}

/// One finding about a configuration, at a place in its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    severity: Severity,
    span: Span,
    key: String,
    message: String,
    label: String,
    beside: Vec<(Span, String)>,
    help: Option<String>,
}

impl Diagnostic {
    /// What makes a configuration unusable, and where.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message.into())
    }

    /// What is worth knowing, and where.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message.into())
    }

    fn new(severity: Severity, span: Span, message: String) -> Self {
        Self {
            severity,
            span,
            key: String::new(),
            message,
            label: String::new(),
            beside: Vec::new(),
            help: None,
        }
    }

    /// Names the key that it is about, with the keys around it: `umems.umem0.bufcnt`.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Says at the place itself what is legal there.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at a second place that has to do with it.
    #[must_use]
    pub fn with_place(mut self, span: Span, label: impl Into<String>) -> Self {
        self.beside.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it is.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The key that it is about, empty if it is about none.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What is legal at the place, empty if there is nothing to say.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What to do, if it says.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Draws it with the lines that it is about, for a terminal (with colours) or for a file.
    pub fn draw(&self, source: &Source, colours: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let place = AnnotationKind::Primary.span(self.span.range());
        let mut snippet = Snippet::source(source.text())
            .path(source.name())
            .annotation(place.label(some(&self.label)));
        for (span, label) in &self.beside {
            let place = AnnotationKind::Context.span(span.range());
            snippet = snippet.annotation(place.label(some(label)));
        }
        let mut group = Group::with_title(level.primary_title(&self.message)).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colours {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }
}

fn some(label: &str) -> Option<&str> {
    Some(label).filter(|label| !label.is_empty())
}

/// A configuration cannot be used: all that is wrong with it, with the text that it is wrong in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Rejected {
    source_text: Source,
    diagnostics: Vec<Diagnostic>,
}

impl Rejected {
    /// Refuses a configuration for these reasons.
    pub fn new(source: &Source, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            source_text: source.clone(),
            diagnostics,
        }
    }

    /// The text that was refused.
    pub fn text(&self) -> &Source {
        &self.source_text
    }

    /// Everything that was found, in the order of the text; warnings too.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Draws what was found, up to twenty findings.
    pub fn draw(&self, colours: bool) -> String {
        let drawn = self.diagnostics.iter().take(DRAWN_LIMIT);
        let mut parts: Vec<String> = drawn
            .map(|diagnostic| diagnostic.draw(&self.source_text, colours))
            .collect();
        if let Some(more @ 1..) = self.diagnostics.len().checked_sub(DRAWN_LIMIT) {
            parts.push(format!("and {more} more"));
        }
        parts.join("\n\n")
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.draw(false))
    }
}
