//! What stands for TLS in a build without it: something that is never there.

use std::convert::Infallible;

use crate::address::Address;
use crate::error::{ConfigurationError, Error};
use crate::transport::Transport;

/// TLS as configured, which it cannot be.
#[derive(Debug)]
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn check(&self) -> Result<(), ConfigurationError> {
        match self.0 {}
    }

    pub(crate) async fn secure<S>(&self, _: S, _: &Address) -> Result<Transport, Error> {
        match self.0 {}
    }

    pub(crate) fn closed_silently(&self, _: &Address) -> Error {
        match self.0 {}
    }

    pub(crate) fn explain(&self, _: Error) -> Error {
        match self.0 {}
    }
}
