//! Where guests are let in: straight in the grid of a fleet, with the fleet's key.
//!
//! Whoever takes this program over can let anybody in and change every peer. Where a gateway can be reached, its control API is the
//! better place: `portway function new NAME --template enrolment` without `--grid` makes a program that holds no such key.

use std::env;

use portway_control::v1::{ControlClient, ControlServer};
use portway_function::BoxError;
use portway_gateway::{
    control::ControlService,
    fleet::{Fleet, FleetKey},
};
use portway_ignite::{ClientConfiguration, TlsOptions};
use portway_rpc::InProcess;

/// The addresses of the grid, unless `PORTWAY_GRID` says otherwise.
const GRID: &str = "GRID_ADDRESSES";

const WARNING: &str = "warning: this function goes straight to the grid and holds the key of the fleet: whoever takes it over can let \
                       anybody in and change every peer";

/// What asks to let somebody in: the gateway's own service, run in this program.
pub type Client = ControlClient<InProcess<ControlServer<ControlService>>>;

/// A grid, and the key of the fleet in it.
pub struct Place {
    configuration: ClientConfiguration,
    key: FleetKey,
}

impl Place {
    /// `PORTWAY_FLEET_KEY` holds what is in the file `fleet.key` of the gateways. The grid may ask for `PORTWAY_GRID_USER` with
    /// `PORTWAY_GRID_PASSWORD`; `PORTWAY_GRID_CA`, a PEM text, has it dialled inside TLS.
    pub fn from_environment() -> Result<Self, BoxError> {
        eprintln!("{WARNING}");
        let key = variable("PORTWAY_FLEET_KEY").ok_or("PORTWAY_FLEET_KEY is not set: it holds what is in the fleet.key of the gateways")?;
        let addresses = variable("PORTWAY_GRID").unwrap_or_else(|| GRID.to_owned());
        let mut configuration = ClientConfiguration::new(addresses.split(','));
        if let Some(user) = variable("PORTWAY_GRID_USER") {
            let password = variable("PORTWAY_GRID_PASSWORD").ok_or("PORTWAY_GRID_USER is set and PORTWAY_GRID_PASSWORD is not")?;
            configuration = configuration.credentials(user, password);
        }
        if let Some(authority) = variable("PORTWAY_GRID_CA") {
            configuration = configuration.tls(TlsOptions::new().authority(authority));
        }
        Ok(Self { configuration, key: key.trim().parse()? })
    }

    /// Connects; a connection that is lost later is replaced with the next call.
    pub async fn connect(&self) -> Result<Client, BoxError> {
        let client = portway_ignite::Client::connect(self.configuration.clone()).await?;
        let fleet = Fleet::open(&client, &self.key).await?;
        let service = ControlServer::new(ControlService::of_grid(fleet));
        Ok(ControlClient::new(InProcess::new(service)))
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
