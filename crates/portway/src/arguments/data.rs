//! Where a gateway keeps what it must not forget.

use std::path::PathBuf;

use clap::Args;
use etcetera::BaseStrategy as _;

use crate::failure::Advise as _;

/// Names the data directory.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DataArguments {
    /// Folder of the gateway: its key, fleet.key, grid.sock and the durable grid
    /// [default: portway in the platform's data directory]
    #[arg(long, value_name = "DIR", env = "PORTWAY_DATA")]
    pub(crate) data: Option<PathBuf>,
}

impl DataArguments {
    /// The folder that was named, or the platform's.
    ///
    /// # Errors
    ///
    /// Fails where none was named and there is no home directory.
    pub(crate) fn directory(&self) -> anyhow::Result<PathBuf> {
        if let Some(directory) = &self.data {
            return Ok(directory.clone());
        }
        let strategy = etcetera::choose_base_strategy().advise(
            "cannot find the platform's data directory",
            "name a folder with --data DIR",
        )?;
        Ok(strategy.data_dir().join("portway"))
    }
}
