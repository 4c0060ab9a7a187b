//! What a program says of its JSON-RPC services (`--describe`).

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Advised;

/// The version of the description that is understood here.
const VERSION: u32 = 1;

/// All services of a program, and the types in them.
#[derive(Debug, Deserialize)]
pub(crate) struct Description {
    version: u32,
    pub(crate) services: Vec<Service>,
    /// Types that parameters refer to.
    pub(crate) input: BTreeMap<String, Value>,
    /// Types that results and errors refer to.
    pub(crate) output: BTreeMap<String, Value>,
}

/// A service.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) documentation: String,
    pub(crate) methods: Vec<Method>,
}

/// A method of a service.
#[derive(Debug, Deserialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) documentation: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Value,
    pub(crate) error: Option<Value>,
}

/// A parameter of a method.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

impl Description {
    /// Asks an executable.
    ///
    /// # Errors
    /// If it does not answer, or in another version.
    pub(crate) fn of(executable: &Path) -> Result<Self> {
        let output = Command::new(executable)
            .arg("--describe")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run {}", executable.display()))?;
        if !output.status.success() {
            return Err(Advised::failed(
                format!(
                    "the program does not describe itself: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                ),
                "its main must be made by #[portway_function::main] or call portway_function::run",
            )
            .into());
        }
        let description: Self = serde_json::from_slice(&output.stdout)
            .context("the description that the program gives of itself cannot be read")?;
        if description.version != VERSION {
            return Err(Advised::failed(
                format!(
                    "the program describes itself in version {}, not {VERSION}",
                    description.version
                ),
                "use the portway command and the portway-function crate of one release",
            )
            .into());
        }
        Ok(description)
    }
}
