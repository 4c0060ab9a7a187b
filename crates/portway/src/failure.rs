//! Errors as an operator meets them: what failed, why, and what to do next.

use std::{fmt, io::Write as _, process::ExitCode};

use crate::output::{OutputClosed, is_coloured};

/// Said where an error brings no advice of its own.
const GENERAL_HINT: &str = "`portway doctor` checks this machine; `-v` tells more of what happened";

/// Exit code of something that was tried and failed: no answer, not found, check not passed.
const FAILED: u8 = 1;

/// Exit code of wrong use, the same as that of an argument that cannot be parsed.
const WRONG_USE: u8 = 2;

/// An error together with what the operator can do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Advised {
    message: String,
    hint: String,
    exit_code: u8,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Advised {
    /// Something that was tried and failed, without a deeper cause.
    pub(crate) fn failed(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: hint.to_string(),
            exit_code: FAILED,
            source: None,
        }
    }

    /// Arguments that do not go together, or name something that cannot be.
    pub(crate) fn wrong_use(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self::failed(message, hint).into_wrong_use()
    }

    /// Says that the arguments are to blame.
    pub(crate) fn into_wrong_use(self) -> Self {
        Self {
            exit_code: WRONG_USE,
            ..self
        }
    }
}

/// Another process has told the operator what failed; only its exit code is passed on.
#[derive(Debug, thiserror::Error)]
#[error("the process in the background failed")]
pub(crate) struct AlreadyReported {
    /// The code of that process.
    pub(crate) exit_code: u8,
}

/// Adds what was tried, and what to do next, to the error of a result.
pub(crate) trait Advise<T> {
    /// `message` says what was tried ("cannot bind 127.0.0.1:51820"), `hint` what to do next.
    fn advise(self, message: impl fmt::Display, hint: impl fmt::Display) -> Result<T, Advised>;
}

impl<T, E: Into<Box<dyn std::error::Error + Send + Sync>>> Advise<T> for Result<T, E> {
    fn advise(self, message: impl fmt::Display, hint: impl fmt::Display) -> Result<T, Advised> {
        self.map_err(|source| Advised {
            source: Some(source.into()),
            ..Advised::failed(message, hint)
        })
    }
}

/// How a command ended.
pub(crate) enum Outcome {
    /// As asked; also when the reader of our output went away.
    Ok,
    /// Not as asked.
    Failed(Failure),
}

impl Outcome {
    /// Sorts the result of a command.
    pub(crate) fn of(result: anyhow::Result<()>) -> Self {
        match result {
            Err(error) if !error.chain().any(|cause| cause.is::<OutputClosed>()) => {
                Self::Failed(Failure(error))
            }
            _ => Self::Ok,
        }
    }
}

/// An error on its way to the operator.
pub(crate) struct Failure(anyhow::Error);

impl Failure {
    /// Prints the causes and the hint on stderr and tells the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if let Some(reported) = self.0.downcast_ref::<AlreadyReported>() {
            return ExitCode::from(reported.exit_code);
        }
        // Nothing is left to tell anybody when stderr is gone.
        let _ = writeln!(
            std::io::stderr(),
            "{}",
            self.text(is_coloured(&std::io::stderr()))
        );
        ExitCode::from(self.advice().map_or(FAILED, |advised| advised.exit_code))
    }

    fn text(&self, colours: bool) -> String {
        let [red, cyan, plain] = if colours {
            ["\x1b[1;31m", "\x1b[1;36m", "\x1b[0m"]
        } else {
            [""; 3]
        };
        let mut said = self.0.to_string();
        let mut text = format!("{red}error:{plain} {said}");
        for cause in self.0.chain().skip(1).map(ToString::to_string) {
            // Some errors tell their cause themselves.
            if !said.contains(&cause) {
                text.push_str(&format!("\n  because: {cause}"));
                said = cause;
            }
        }
        let hint = self.advice().map_or(GENERAL_HINT, |advised| &advised.hint);
        text.push_str(&format!("\n{cyan}hint:{plain} {hint}"));
        text
    }

    /// The advice nearest to what was asked.
    fn advice(&self) -> Option<&Advised> {
        self.0
            .chain()
            .find_map(|cause| cause.downcast_ref::<Advised>())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_cause_that_its_error_has_told_is_not_told_again() {
        let error =
            anyhow::anyhow!("disk is full").context("cannot write: disk is full; free some");
        let text = Failure(error).text(false);
        assert!(
            text.starts_with("error: cannot write: disk is full; free some\nhint:"),
            "{text}"
        );
    }

    #[test]
    fn the_causes_and_the_hint_are_told_in_order() {
        let result: Result<(), _> = Err(std::io::Error::other("disk is full"));
        let error = result
            .advise("cannot write the key", "free some space")
            .unwrap_err();
        let error = anyhow::Error::from(error).context("cannot start");
        let text = Failure(error).text(false);
        assert_eq!(
            text,
            "error: cannot start\n  because: cannot write the key\n  because: disk is full\n\
             hint: free some space"
        );
    }

    #[test]
    fn an_error_without_advice_still_gets_a_hint() {
        let text = Failure(anyhow::anyhow!("no")).text(false);
        assert!(text.ends_with(GENERAL_HINT), "{text}");
    }

    #[test]
    fn a_closed_output_is_no_failure() {
        let result = Err(OutputClosed).context("cannot print");
        assert!(matches!(Outcome::of(result), Outcome::Ok));
    }
}
