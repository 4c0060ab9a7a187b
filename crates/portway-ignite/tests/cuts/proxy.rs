//! Connections that can be cut.

use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Passes bytes on between clients and one server until it is told to cut.
pub(crate) struct Proxy {
    address: String,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Proxy {
    pub(crate) async fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap().to_string(),
            connections: Arc::default(),
        };
        let connections = proxy.connections.clone();
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let passing = tokio::spawn(pass_on(client, server.clone()));
                connections.lock().unwrap().push(passing.abort_handle());
            }
        });
        proxy
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Cuts all connections; new ones can be made.
    pub(crate) fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }
}

async fn pass_on(mut client: TcpStream, server: String) {
    if let Ok(mut server) = TcpStream::connect(server).await {
        // A cut or closed connection is no matter of the proxy.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
