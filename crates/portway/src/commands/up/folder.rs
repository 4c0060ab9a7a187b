//! The folder of a gateway: its keys, its socket, its grid.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use portway_gateway::{
    PrivateKey,
    fleet::{FleetKey, GatewayId, SecretFileError, load_or_create_private_key},
};
use tempfile::TempDir;

use crate::{
    arguments::DataArguments,
    failure::{Advise as _, Advised},
};

/// Nobody but the owner may look into the folder.
const FOLDER_MODE: u32 = 0o700;

/// The folder, which is removed at the end if it is a temporary one.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
}

/// What a gateway is, from the files in its folder; made at the first start.
pub(super) struct Identity {
    pub(super) private_key: PrivateKey,
    pub(super) fleet_key: FleetKey,
    pub(super) id: GatewayId,
}

impl Folder {
    /// Opens the folder, or makes it.
    pub(super) fn open(data: &DataArguments, is_ephemeral: bool) -> anyhow::Result<Self> {
        if is_ephemeral {
            let made = tempfile::Builder::new().prefix("portway-").tempdir();
            let hint = "TMPDIR names another place for temporary folders";
            let temporary = made.advise("cannot make a temporary folder", hint)?;
            return Ok(Self {
                path: temporary.path().to_owned(),
                temporary: Some(temporary),
            });
        }
        let path = std::path::absolute(data.directory()?)?;
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&path)
            .advise(
                format_args!("cannot make the data directory {}", path.display()),
                "name a folder that you may write to with --data DIR",
            )?;
        Ok(Self {
            path,
            temporary: None,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether all of it is gone at the end.
    pub(super) const fn is_ephemeral(&self) -> bool {
        self.temporary.is_some()
    }

    /// Where the embedded grid listens, and other commands look for it.
    pub(super) fn grid_socket(&self) -> PathBuf {
        self.path.join(crate::commands::fleet_access::GRID_SOCKET)
    }

    /// Where the embedded grid keeps its data; nowhere if they need not last.
    pub(super) fn grid_data(&self) -> Option<PathBuf> {
        (!self.is_ephemeral()).then(|| self.path.join("grid"))
    }

    /// Reads the keys, or makes them.
    pub(super) fn identity(&self, fleet_key_file: Option<&Path>) -> Result<Identity, Advised> {
        let own_file = self.path.join(crate::commands::fleet_access::FLEET_KEY);
        Ok(Identity {
            private_key: usable(load_or_create_private_key(&self.path.join("gateway.key")))?,
            fleet_key: usable(FleetKey::load_or_create(
                fleet_key_file.unwrap_or(&own_file),
            ))?,
            id: usable(GatewayId::load_or_create(&self.path.join("gateway.id")))?,
        })
    }
}

/// Adds what to do about a key file that cannot be used.
pub(in crate::commands) fn usable<T>(loaded: Result<T, SecretFileError>) -> Result<T, Advised> {
    let hint = match &loaded {
        Err(SecretFileError::Exposed { path, .. }) => format!("chmod 600 {}", path.display()),
        Err(SecretFileError::Damaged { path, .. }) => format!(
            "restore {} from a backup; where it is missing, the next start makes a new one, which \
             no peer and no other gateway of the fleet knows",
            path.display()
        ),
        _ => "the data directory must belong to the user who runs the gateway".to_owned(),
    };
    loaded.advise("a file of the gateway's identity cannot be used", hint)
}
