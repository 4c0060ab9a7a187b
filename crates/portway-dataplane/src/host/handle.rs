//! A host's handle.

use std::{io, net::SocketAddr, sync::Arc};

use super::{
    configuration::{HostConfiguration, HostError},
    driver::{Bell, HostDriver},
    listener::HostTcpListener,
    stack::{Shared, Stack},
    stream::HostTcpStream,
    udp::HostUdpSocket,
};
use crate::port::Port;

/// A host with sockets on a port, in this process: TCP and UDP over AF_XDP, a TAP interface, a link in memory.
///
/// TCP and IP are smoltcp's, on frames where they lie. It answers ARP, NDP and pings for its addresses. Clones are
/// handles of the same host; its sockets are tokio's kind of streams.
///
/// ```
/// use portway_dataplane::{Host, HostConfiguration, Link, Region};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let region = Region::builder().build()?;
/// let (near, far) = Link::new().pair(&region);
/// let configuration = |last: u8| -> Result<_, Box<dyn std::error::Error>> {
///     let mac = portway_dataplane::wire::EthernetAddress([2, 0, 0, 0, 0, last]);
///     let address = format!("10.0.0.{last}/24").parse()?;
///     Ok(HostConfiguration::new().mac(mac).address(address))
/// };
/// let (server, server_driver) = Host::new(near, configuration(1)?)?;
/// let (client, client_driver) = Host::new(far, configuration(2)?)?;
/// std::thread::spawn(|| server_driver.run());
/// std::thread::spawn(|| client_driver.run());
///
/// let mut listener = server.listen(7)?;
/// let mut outgoing = client.connect("10.0.0.1:7".parse()?).await?;
/// let (mut incoming, from) = listener.accept().await?;
/// outgoing.write_all(b"hello").await?;
/// let mut text = [0; 5];
/// incoming.read_exact(&mut text).await?;
/// assert_eq!((&text, from.ip()), (b"hello", "10.0.0.2".parse()?));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(example())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Host {
    shared: Arc<Shared>,
}

impl Host {
    /// Makes a host of a port. The driver does the work: give it a thread. The sockets work on any runtime.
    ///
    /// # Errors
    ///
    /// An address is missing or too many, or packets do not fit the port's frames.
    pub fn new(
        port: Port,
        configuration: HostConfiguration,
    ) -> Result<(Self, HostDriver), HostError> {
        let name = port.name().to_owned();
        let stack = Stack::new(port, configuration)?;
        let bell = Bell::new(stack.descriptor());
        let (bell, poll) = bell.map_err(|source| HostError::Wait { port: name, source })?;
        let shared = Arc::new(Shared::new(stack, bell));
        let driver = HostDriver::new(Arc::clone(&shared), poll);
        Ok((Self { shared }, driver))
    }

    /// Accepts TCP connections to a port, at all of the host's addresses.
    ///
    /// # Errors
    ///
    /// The port is 0, there are too many sockets, or the driver is no more.
    pub fn listen(&self, port: u16) -> io::Result<HostTcpListener> {
        HostTcpListener::open(&self.shared, port)
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    ///
    /// It was refused or not answered within ten seconds, the address cannot be reached from the host's own ones, there are too
    /// many sockets, or the driver is no more.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the attempt is given up.
    pub async fn connect(&self, to: SocketAddr) -> io::Result<HostTcpStream> {
        HostTcpStream::connect(&self.shared, to).await
    }

    /// Opens a UDP socket on a port of all addresses; 0 lets the host choose one.
    ///
    /// # Errors
    ///
    /// There are too many sockets, or the driver is no more.
    pub fn bind_udp(&self, port: u16) -> io::Result<HostUdpSocket> {
        HostUdpSocket::open(&self.shared, port)
    }
}

impl Clone for Host {
    fn clone(&self) -> Self {
        self.shared.lock().add_handle();
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.shared.lock().drop_handle();
        // The driver ends with the last handle.
        self.shared.bell.ring();
    }
}
