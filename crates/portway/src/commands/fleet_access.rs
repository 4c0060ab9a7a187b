//! From the arguments of a command to the fleet in its grid, with advice where that fails.

use std::{fmt, path::PathBuf, time::Duration};

use portway_control::Reason;
use portway_gateway::fleet::{Fleet, FleetError, FleetKey};
use portway_ignite::{Client, ClientConfiguration};
use portway_rpc::Status;

use super::up::usable;
use crate::{
    arguments::{CredentialArguments, DataArguments, GridAddress, GridArguments, GridTlsArguments},
    failure::{Advise as _, Advised},
};

/// How long a node may be silent before it is asked whether it is there: one that vanished without
/// a word is then noticed soon.
const SILENCE: Duration = Duration::from_secs(5);
/// How long somebody waits who gives up by hand: queries and snapshots of large grids take their time.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// The socket of the embedded grid in its data directory.
pub(super) const GRID_SOCKET: &str = "grid.sock";
/// The secret of the fleet in the data directory.
pub(super) const FLEET_KEY: &str = "fleet.key";

/// Opens the fleet that the arguments name: that of the gateway in the data directory, or one
/// behind `--grid`.
pub(super) async fn open(data: &DataArguments, grid: &GridArguments) -> anyhow::Result<Fleet> {
    let place = Place::of(data, grid)?;
    let client = place.connect().await?;
    let key = usable(FleetKey::load(&place.key_file))?;
    Ok(Fleet::open(&client, &key)
        .await
        .map_err(explain("cannot open the tables of the fleet"))?)
}

/// The grid that was named, or the gateway's own.
pub(super) fn named_or_own(
    named: &[GridAddress],
    data: &DataArguments,
    credentials: &CredentialArguments,
    tls: &GridTlsArguments,
) -> anyhow::Result<GridArguments> {
    let mut grid = named.to_vec();
    if grid.is_empty() {
        let folder = std::path::absolute(data.directory()?)?;
        grid.push(GridAddress::Unix(folder.join(GRID_SOCKET)));
    }
    Ok(GridArguments {
        grid,
        fleet_key_file: None,
        credentials: credentials.clone(),
        tls: tls.clone(),
    })
}

/// Dials the grid nodes that `--grid` names.
pub(super) async fn dial(grid: &GridArguments) -> anyhow::Result<Client> {
    let configuration = ClientConfiguration::new(&grid.grid).heartbeat_interval(SILENCE);
    dial_with(grid, configuration).await
}

/// Dials for somebody who waits as long as it takes, and gives up by hand.
pub(super) async fn dial_patiently(grid: &GridArguments) -> anyhow::Result<Client> {
    let configuration = ClientConfiguration::new(&grid.grid).request_timeout(PATIENCE);
    dial_with(grid, configuration).await
}

async fn dial_with(
    grid: &GridArguments,
    mut configuration: ClientConfiguration,
) -> anyhow::Result<Client> {
    if let Some((user, password)) = grid.credentials.credentials()? {
        configuration = configuration.credentials(user, password);
    }
    if let Some(tls) = grid.tls.dialler() {
        configuration = configuration.tls(tls);
    }
    let connected = Client::connect(configuration).await;
    Ok(connected.advise(
        format_args!("cannot reach the grid at {}", addresses(grid)),
        "check that it runs and accepts connections from here: `portway grid` starts one",
    )?)
}

/// The addresses as they were given.
pub(super) fn addresses(grid: &GridArguments) -> String {
    let addresses: Vec<String> = grid.grid.iter().map(ToString::to_string).collect();
    addresses.join(",")
}

/// Where a fleet is found.
struct Place {
    folder: PathBuf,
    key_file: PathBuf,
    grid: Option<GridArguments>,
}

impl Place {
    fn of(data: &DataArguments, grid: &GridArguments) -> anyhow::Result<Self> {
        let folder = std::path::absolute(data.directory()?)?;
        Ok(Self {
            key_file: grid
                .fleet_key_file
                .clone()
                .unwrap_or_else(|| folder.join(FLEET_KEY)),
            grid: (!grid.grid.is_empty()).then(|| grid.clone()),
            folder,
        })
    }

    async fn connect(&self) -> anyhow::Result<Client> {
        if let Some(grid) = &self.grid {
            return dial(grid).await;
        }
        let socket = self.folder.join(GRID_SOCKET);
        let address = format!("unix:{}", socket.display());
        Ok(Client::connect(ClientConfiguration::new([address])).await.advise(
            format_args!("no gateway runs at {}", self.folder.display()),
            "start one with `portway up`, name its folder with --data DIR, or its grid with --grid",
        )?)
    }
}

/// Adds what was tried, and what to do about an error of the fleet.
pub(super) fn explain<D: fmt::Display>(what: D) -> impl FnOnce(FleetError) -> Advised {
    |error| {
        let hint = hint(Reason::of(&Status::from(error.clone())));
        match Err::<(), _>(error).advise(what, hint) {
            Err(advised) => advised,
            Ok(()) => unreachable!("an error stays an error"),
        }
    }
}

/// What to do about a refusal.
pub(super) const fn hint(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::Grid) => "the grid went away; the gateways serve their last copy meanwhile",
        Some(Reason::NoGateway) => "start one with `portway up` and the same grid",
        Some(Reason::OtherFleet) => {
            "use the key of that fleet: copy its fleet.key, or name it with --fleet-key-file"
        }
        Some(Reason::NameTaken) => "choose another name, or `portway peer remove` that peer",
        Some(Reason::KeyTaken) => "each peer needs a key of its own: `wg genkey` makes one",
        Some(Reason::UnknownPeer) => "`portway peer list` shows all names and keys",
        Some(Reason::AmbiguousName) => {
            "name the peer by its public key; `portway peer list --json` shows it"
        }
        Some(Reason::PrefixTaken) => "add --steal to take it away from that peer",
        Some(Reason::PrefixInTunnel) => {
            "--allowed-ip is for networks behind the peer; its own address is allotted to it"
        }
        Some(Reason::NoAddress) => {
            "remove peers that are not needed, or start the gateways with a larger --network"
        }
        Some(Reason::NotBelieved) => {
            "somebody wrote the row without the fleet key; `portway peer remove KEY` drops it"
        }
        Some(Reason::Contended) => "try again",
        Some(Reason::Prefixes) => "write prefixes like 10.20.0.0/16 or fd00::/64",
        Some(Reason::NotOfTheGrid) => {
            "change it on the gateway: `wg set INTERFACE peer KEY ...` or `wg set INTERFACE peer KEY remove`"
        }
        Some(Reason::NeedsGateway) => {
            "name a gateway with --control, or its data directory with --data, and leave --grid out"
        }
        Some(Reason::Token) => "ask for another invitation: `portway peer invite NAME`",
        Some(Reason::Identity) => {
            "name a token of the gateway with --control-token-file, or a certificate with --control-cert"
        }
        Some(Reason::Role) => {
            "use a token or certificate with that role: `portway up --control-token ROLE=FILE` makes it known"
        }
        _ => "`portway doctor` checks this machine; `-v` tells more of what happened",
    }
}
