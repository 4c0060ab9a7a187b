//! How a connection begins.

use std::sync::{Arc, OnceLock};

use super::driver::Driver;
use super::exchange::Exchange;
use super::line::line;
use super::{Agreement, Connection, Shared, handshake};
use crate::address::Address;
use crate::configuration::ClientConfiguration;
use crate::error::Error;
use crate::observe::Traffic;
use crate::transport::Transport;

impl Connection {
    /// Connects to the node at `address` and starts the driver.
    pub(crate) async fn open(
        address: &Address,
        configuration: &ClientConfiguration,
    ) -> Result<Self, Error> {
        let connecting = configuration.observer.connecting(address);
        match handshake::connect(address, configuration).await {
            Ok((transport, agreement)) => {
                let traffic = connecting.connected(&agreement);
                Ok(Self::start(
                    address,
                    configuration,
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
        transport: Transport,
        agreement: Agreement,
        traffic: Traffic,
    ) -> Self {
        let (handle, end) = line();
        let exchange = Arc::new(Exchange::new(configuration.requests_in_flight));
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
