//! One finding and how it is told.

use std::fmt::Display;

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// A feature or some speed is missing.
    Warn,
    /// Nothing works without it.
    Fail,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) detail: String,
    /// What to do about it; empty when there is nothing to do.
    pub(crate) hint: &'static str,
}

impl Check {
    pub(crate) fn ok(name: &'static str, detail: impl Display) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            detail: detail.to_string(),
            hint: "",
        }
    }

    pub(crate) fn warn(name: &'static str, detail: impl Display, hint: &'static str) -> Self {
        Self {
            verdict: Verdict::Warn,
            hint,
            ..Self::ok(name, detail)
        }
    }

    pub(crate) fn fail(name: &'static str, detail: impl Display, hint: &'static str) -> Self {
        Self {
            verdict: Verdict::Fail,
            hint,
            ..Self::ok(name, detail)
        }
    }

    /// One line, and a second one with the hint.
    pub(crate) fn text(&self, colours: bool) -> String {
        let (word, colour) = match self.verdict {
            Verdict::Ok => ("ok", "\x1b[32m"),
            Verdict::Warn => ("warn", "\x1b[33m"),
            Verdict::Fail => ("fail", "\x1b[31m"),
        };
        let (colour, plain) = if colours {
            (colour, "\x1b[0m")
        } else {
            ("", "")
        };
        let mut text = format!(
            "{colour}{word:<4}{plain}  {:<15} {}",
            self.name, self.detail
        );
        if !self.hint.is_empty() {
            text.push_str(&format!("\n      hint: {}", self.hint));
        }
        text
    }
}
