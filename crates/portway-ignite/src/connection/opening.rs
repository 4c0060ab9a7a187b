//! How a connection begins.

use std::sync::{Arc, OnceLock};

use super::driver::Driver;
use super::exchange::Exchange;
use super::line::{DriverEnd, HandleEnd, line};
use super::{Agreement, Connection, Meanwhile, Shared, handshake};
use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::Error;
use crate::observe::Traffic;
use crate::transport::Transport;

/// What a connection needs beside its stream, built while the node is busy with the handshake.
pub(super) struct Parts {
    handle: HandleEnd,
    end: DriverEnd,
    exchange: Arc<Exchange>,
}

impl Parts {
    pub(super) fn new(configuration: &ClientConfiguration) -> Self {
        let (handle, end) = line();
        Self {
            handle,
            end,
            exchange: Arc::new(Exchange::new(configuration.requests_in_flight)),
        }
    }
}

impl Connection {
    /// Connects to the node at `address` and starts the driver. While the node is busy with the
    /// handshake, `meanwhile` is run.
    pub(crate) async fn open(
        address: &Address,
        configuration: &ClientConfiguration,
        meanwhile: Meanwhile<'_>,
    ) -> Result<Self, Error> {
        let connecting = configuration.observer.connecting(address);
        let mut parts = None;
        let mut build = || {
            parts.get_or_insert_with(|| Parts::new(configuration));
            meanwhile();
        };
        let connected = handshake::connect(address, configuration, &mut build).await;
        match connected {
            Ok((transport, agreement)) => {
                let traffic = connecting.connected(&agreement);
                let parts = parts.unwrap_or_else(|| Parts::new(configuration));
                Ok(Self::start(
                    address,
                    configuration,
                    parts,
                    transport,
                    agreement,
                    traffic,
                ))
            }
            Err(error) => {
                connecting.failed(&error);
                Err(error)
            }
        }
    }

    pub(super) fn start(
        address: &Address,
        configuration: &ClientConfiguration,
        parts: Parts,
        transport: Transport,
        agreement: Agreement,
        traffic: Traffic,
    ) -> Self {
        let Parts {
            handle,
            end,
            exchange,
        } = parts;
        let driver = Driver::new(
            address,
            configuration,
            transport,
            &agreement,
            exchange.clone(),
            end,
            traffic,
        );
        let driver = tokio::spawn(driver.run()).abort_handle();
        let shared = Shared {
            address: address.clone(),
            agreement,
            told_types: OnceLock::new(),
            frame_limit: configuration.frame_limit,
            exchange,
            line: handle,
            requests_in_flight: configuration.requests_in_flight,
            driver,
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}
