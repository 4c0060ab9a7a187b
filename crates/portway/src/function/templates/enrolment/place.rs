//! Where guests are let in: through the control API of a gateway, with a token that can do nothing else.

use std::env;

use portway_control::{ControlChannel, ControlOptions, ControlTarget, connect, v1::ControlClient};
use portway_function::BoxError;

/// What asks to let somebody in.
pub type Client = ControlClient<ControlChannel>;

/// A gateway's control API, and what opens it.
pub struct Place {
    target: ControlTarget,
    options: ControlOptions,
}

impl Place {
    /// `PORTWAY_CONTROL` says where the gateway's control API is, `PORTWAY_CONTROL_TOKEN` holds a token of the role `enrol`, and
    /// `PORTWAY_CONTROL_FINGERPRINT` is that of the gateway's certificate; without one the system's authorities vouch for it.
    pub fn from_environment() -> Result<Self, BoxError> {
        let target = variable("PORTWAY_CONTROL")
            .ok_or("PORTWAY_CONTROL is not set: name the gateway's control API, as in grpcs://vpn.example.com:51821")?;
        let mut options = ControlOptions::new();
        if let Some(token) = variable("PORTWAY_CONTROL_TOKEN") {
            options = options.token(token);
        }
        if let Some(fingerprint) = variable("PORTWAY_CONTROL_FINGERPRINT") {
            options = options.fingerprint(fingerprint.parse()?);
        }
        Ok(Self { target: target.parse()?, options })
    }

    /// Connects; a connection that is lost later is replaced with the next call.
    pub async fn connect(&self) -> Result<Client, BoxError> {
        Ok(connect(&self.target, &self.options).await?)
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
