//! The gateway, as far as enrolling goes.

use std::{fmt, sync::Arc, time::Duration};

use portway_control::{
    Reason,
    v1::{Enrolment, RedeemRequest, redeem_request::Key},
};
use portway_function::BoxError;
use portway_rpc::Code;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::place::{Client, Place};

/// A gateway that takes longer counts as away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Redeems tokens. Clones share the connection.
#[derive(Clone)]
pub struct Gateway(Arc<Connection>);

struct Connection {
    place: Place,
    client: OnceCell<Client>,
}

/// What a guest sends.
#[derive(Deserialize)]
pub struct Application {
    token: String,
    public_key: Option<String>,
    #[serde(default)]
    generate: bool,
}

/// What a guest gets.
#[derive(Serialize)]
pub struct Admission {
    name: String,
    addresses: Vec<String>,
    endpoint: String,
    /// A wg-quick file; the line `PrivateKey` is left to whoever made the key.
    configuration: String,
}

/// Why a guest is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Key,
    Token,
    KeyTaken,
    TooMany,
    Gateway,
}

impl Gateway {
    /// The one that the environment names; it is reached with the first guest.
    pub fn from_environment() -> Result<Self, BoxError> {
        Ok(Self(Arc::new(Connection { place: Place::from_environment()?, client: OnceCell::new() })))
    }

    /// Lets a guest in, once for each token.
    pub async fn redeem(&self, application: Application, client_address: String) -> Result<Admission, Refusal> {
        let key = match application {
            Application { generate: true, .. } => Key::Generate(true),
            Application { public_key: Some(key), .. } => Key::PublicKey(key),
            Application { .. } => return Err(Refusal::Key),
        };
        let request = RedeemRequest { token: application.token, key: Some(key), client_address };
        match tokio::time::timeout(PATIENCE, self.ask(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(away(&"it does not answer")),
        }
    }

    async fn ask(&self, request: RedeemRequest) -> Result<Admission, Refusal> {
        let Connection { place, client } = &*self.0;
        let client = client.get_or_try_init(|| place.connect()).await.map_err(|error| away(&error))?;
        let enrolment = client.redeem(request).await.map_err(|status| match (Reason::of(&status), status.code()) {
            (Some(Reason::Token), _) => Refusal::Token,
            (Some(Reason::Attempts), _) => Refusal::TooMany,
            (Some(Reason::KeyTaken), _) => Refusal::KeyTaken,
            (_, Code::InvalidArgument) => Refusal::Key,
            _ => away(&status),
        })?;
        Ok(admission(enrolment))
    }
}

fn admission(enrolment: Enrolment) -> Admission {
    let Enrolment { name, addresses, endpoint, configuration, .. } = enrolment;
    Admission { name, addresses, endpoint, configuration }
}

/// What is wrong with the gateway is for the log, not for guests.
fn away(reason: &dyn fmt::Display) -> Refusal {
    eprintln!("the gateway was not asked: {reason}");
    Refusal::Gateway
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Key => "The public key is missing or damaged.",
            Self::Token => "This invitation is not valid: it may have been used, or its time is over. Ask for a new one.",
            Self::KeyTaken => "This key is in use already. Try again with a new one.",
            Self::TooMany => "There were too many attempts from your address. Wait a few minutes and try again.",
            Self::Gateway => "The gateway cannot be reached right now. Your invitation stays valid; try again in a moment.",
        })
    }
}
