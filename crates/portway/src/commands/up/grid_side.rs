//! The grid of a gateway: inside the process, or the one that `--grid` names.

use std::{fmt, net::SocketAddr, path::Path, time::Duration};

use portway_grid::{Credentials, Grid, GridConfiguration, ListenAddress, Listener};
use portway_ignite::{Client, ClientConfiguration, ReconnectPolicy};

use super::{UpArguments, folder::Folder};
use crate::{
    commands::{fleet_access, grid::register_grid},
    failure::{Advise as _, Advised},
    metrics::Metrics,
};

/// How long the embedded grid may be silent before it counts as away; it is in this process.
const EMBEDDED_PATIENCE: Duration = Duration::from_secs(5);

/// A grid and the way to it.
pub(super) struct GridSide {
    pub(super) client: Client,
    /// Where others reach it.
    pub(super) address: String,
    /// The grid inside the process, if it is there.
    embedded: Option<Grid>,
    tcp_address: Option<SocketAddr>,
}

impl GridSide {
    /// Starts the embedded grid, or dials the one that was named.
    pub(super) async fn open(arguments: &UpArguments, folder: &Folder) -> anyhow::Result<Self> {
        if !arguments.grid.grid.is_empty() {
            let client = fleet_access::dial(&arguments.grid).await?;
            let address = fleet_access::addresses(&arguments.grid);
            return Ok(Self {
                client,
                address,
                embedded: None,
                tcp_address: None,
            });
        }
        let grid = open_embedded(folder)?;
        let socket = folder.grid_socket();
        grid.serve(listen_on(&socket)?);
        let mut address = format!("unix:{}", socket.display());
        let client = connect_inside(&address).await?;
        let mut tcp_address = None;
        if let Some(listener) = listen_on_tcp(arguments).await? {
            if let ListenAddress::Tcp(bound) = listener.address() {
                tcp_address = Some(*bound);
            }
            address = format!("{address},{}", listener.address());
            grid.serve(listener);
        }
        Ok(Self {
            client,
            address,
            embedded: Some(grid),
            tcp_address,
        })
    }

    /// Where the embedded grid listens on TCP, if it does.
    pub(super) const fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp_address
    }

    /// Whether the grid is inside the process.
    pub(super) const fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Registers what the embedded grid counts.
    pub(super) fn register(&self, metrics: &mut Metrics) {
        if let Some(grid) = &self.embedded {
            register_grid(metrics, grid);
        }
    }

    /// Ends the embedded grid; another goes on without us.
    pub(super) async fn close(self) {
        if let Some(grid) = self.embedded {
            grid.shutdown().await;
        }
    }
}

impl fmt::Debug for GridSide {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GridSide")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn open_embedded(folder: &Folder) -> Result<Grid, Advised> {
    let configuration = match folder.grid_data() {
        Some(data) => GridConfiguration::durable(data),
        None => GridConfiguration::in_memory(),
    };
    Grid::open(configuration).advise(
        format_args!("cannot open the grid in {}", folder.path().display()),
        "if another gateway uses this folder, stop it or name another folder with --data DIR; \
         a damaged folder is restored from a backup",
    )
}

fn listen_on(socket: &Path) -> Result<Listener, Advised> {
    Listener::bind_unix(socket).advise(
        format_args!("cannot serve the grid at {}", socket.display()),
        "name a folder with a shorter path with --data DIR; a socket's path has at most 107 bytes",
    )
}

async fn connect_inside(address: &str) -> Result<Client, Advised> {
    let configuration = ClientConfiguration::new([address])
        .request_timeout(EMBEDDED_PATIENCE)
        .reconnect(ReconnectPolicy::new(
            Duration::from_millis(10),
            Duration::from_secs(1),
        ));
    Client::connect(configuration).await.advise(
        format_args!("the embedded grid does not answer at {address}"),
        "`-vv` tells more of what happened",
    )
}

async fn listen_on_tcp(arguments: &UpArguments) -> anyhow::Result<Option<Listener>> {
    let Some(address) = arguments.grid_listen else {
        return Ok(None);
    };
    let Some((user, password)) = arguments.grid.credentials.credentials()? else {
        let hint = "name a user with --grid-user NAME and its password with --grid-password-file";
        return Err(Advised::wrong_use("--grid-listen asks for user and password", hint).into());
    };
    let listener = Listener::bind_tcp(address).await.advise(
        format_args!("cannot serve the grid at {address}"),
        "name a free address of this host with --grid-listen; port 0 lets the system choose",
    )?;
    let listener = listener.with_credentials(Credentials::new(user, password));
    Ok(Some(match arguments.grid.tls.listener()? {
        Some(tls) => listener.with_tls(tls),
        None => listener,
    }))
}
