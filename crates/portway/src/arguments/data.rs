//! Where a gateway keeps what it must not forget.

use std::path::PathBuf;

use clap::Args;
use etcetera::BaseStrategy as _;

use crate::failure::Advise as _;

/// The environment variable that names the folder where --data does not.
const VARIABLE: &str = "PORTWAY_DATA";

/// Names the data directory.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataArguments {
    /// Folder of the gateway: its key, fleet.key, grid.sock and the durable grid
    /// [env: PORTWAY_DATA] [default: portway in the platform's data directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

impl DataArguments {
    /// The folder that was named by --data or the environment, or the platform's.
    ///
    /// # Errors
    ///
    /// Fails where none was named and there is no home directory.
    pub(crate) fn directory(&self) -> anyhow::Result<PathBuf> {
        // Read here and not by clap, for which --ephemeral would contradict the variable.
        let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        if let Some(directory) = self.data.clone().or(variable.map(PathBuf::from)) {
            return Ok(directory);
        }
        let strategy = etcetera::choose_base_strategy().advise(
            "cannot find the platform's data directory",
            "name a folder with --data DIR",
        )?;
        Ok(strategy.data_dir().join("portway"))
    }
}
