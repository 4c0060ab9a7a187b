//! The one line that tells a supervisor where everything listens.

use std::{collections::BTreeMap, fmt, io::Write as _, path::Path};

use serde_json::{Map, Value};

use crate::{
    arguments::ServiceArguments,
    failure::Advise as _,
    output::{self, OutputClosed},
};

/// What a `ready` line can tell, in the order in which it tells it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum ReadyKey {
    /// The address of WireGuard's socket, or that of a grid.
    Listen,
    /// The name of the TUN interface.
    Interface,
    /// The UAPI socket.
    Socket,
    /// The data directory.
    Data,
    /// Where messages come from.
    Target,
    /// Where the grid is reached.
    Grid,
    /// The control socket of a data plane, or where the control API of a gateway is.
    Control,
    /// Address of `/metrics`, `/healthz` and `/readyz`.
    Metrics,
    /// The gateway's public key.
    PublicKey,
    /// The bound side of a forward.
    Forward,
}

impl ReadyKey {
    const fn name(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Interface => "interface",
            Self::Socket => "socket",
            Self::Data => "data",
            Self::Target => "target",
            Self::Grid => "grid",
            Self::Control => "control",
            Self::Metrics => "metrics",
            Self::PublicKey => "public-key",
            Self::Forward => "forward",
        }
    }
}

/// Collects what is told once every listener accepts.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    fields: BTreeMap<ReadyKey, String>,
}

impl Ready {
    /// Sets one value; the order of the calls does not matter.
    #[must_use]
    pub(crate) fn with(mut self, key: ReadyKey, value: impl fmt::Display) -> Self {
        self.fields.insert(key, value.to_string());
        self
    }

    /// Writes the ready file, if one was asked for, and then the line.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be written; a closed stdout stops no service.
    pub(crate) fn announce(&self, service: &ServiceArguments) -> anyhow::Result<()> {
        let line = if service.json {
            self.json()
        } else {
            self.line()
        };
        if let Some(file) = &service.ready_file {
            replace_file(file, &line).advise(
                format_args!("cannot write the ready file {}", file.display()),
                "its folder must exist and be writable",
            )?;
        }
        match output::print_line(&line) {
            Err(error) if error.is::<OutputClosed>() => Ok(()),
            result => result,
        }
    }

    fn line(&self) -> String {
        let fields = self
            .fields
            .iter()
            .map(|(key, value)| format!(" {}={}", key.name(), word(value)));
        format!("ready{}", fields.collect::<String>())
    }

    fn json(&self) -> String {
        let event = ("event".to_owned(), Value::from("ready"));
        let fields = self.fields.iter();
        let fields =
            fields.map(|(key, value)| (key.name().to_owned(), Value::from(value.as_str())));
        Value::Object(std::iter::once(event).chain(fields).collect::<Map<_, _>>()).to_string()
    }
}

/// A value as one word: as it is, or as a JSON string where it has spaces or quotes.
fn word(value: &str) -> String {
    if value.is_empty() || value.contains(|letter: char| letter.is_whitespace() || letter == '"') {
        Value::from(value).to_string()
    } else {
        value.to_owned()
    }
}

/// Replaces the file in one step, so that a reader sees the whole line or none of it.
fn replace_file(file: &Path, line: &str) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(temporary, "{line}")?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        Ready::default()
            .with(ReadyKey::PublicKey, "abc=")
            .with(ReadyKey::Data, "/tmp/my data")
            .with(ReadyKey::Listen, "127.0.0.1:51820")
    }

    #[test]
    fn the_keys_have_one_order_and_each_value_is_one_word() {
        let line = ready().line();
        assert_eq!(
            line,
            "ready listen=127.0.0.1:51820 data=\"/tmp/my data\" public-key=abc="
        );
    }

    #[test]
    fn the_json_form_is_one_object_with_the_event() {
        let value: Value = serde_json::from_str(&ready().json()).unwrap();
        assert_eq!(value["event"], "ready");
        assert_eq!(value["public-key"], "abc=");
    }

    #[test]
    fn the_ready_file_holds_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ready");
        replace_file(&file, "old").unwrap();
        replace_file(&file, "new").unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "new\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
