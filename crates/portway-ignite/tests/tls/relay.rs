//! A grid behind a relay that speaks TLS.

use std::sync::Arc;

use portway_grid::{Grid, GridConfiguration, Listener};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// Serves a grid of its own inside TLS, as long as the runtime of the test lives.
pub(crate) struct Relay {
    pub(crate) address: String,
    cut: Arc<Notify>,
}

impl Relay {
    pub(crate) async fn start(settings: ServerConfig) -> Self {
        let inner = grid().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let cut = Arc::new(Notify::new());
        let acceptor = TlsAcceptor::from(Arc::new(settings));
        tokio::spawn(serve(listener, acceptor, inner, cut.clone()));
        Self { address, cut }
    }

    /// Closes the connection that is open, without the farewell of TLS.
    pub(crate) fn cut(&self) {
        self.cut.notify_waiters();
    }
}

/// The address of a grid that speaks no TLS.
pub(crate) async fn grid() -> String {
    let grid = Grid::open(GridConfiguration::in_memory()).unwrap();
    let listener = Listener::bind_tcp("127.0.0.1:0").await.unwrap();
    let address = listener.address().to_string();
    grid.serve(listener);
    tokio::spawn(async move {
        let _kept = grid;
        std::future::pending::<()>().await;
    });
    address
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, inner: String, cut: Arc<Notify>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, inner, cut) = (acceptor.clone(), inner.clone(), cut.clone());
        tokio::spawn(async move {
            let mut inner = TcpStream::connect(inner).await.unwrap();
            // A refused client is what some tests are about.
            let Ok(mut outer) = acceptor.accept(stream).await else {
                return;
            };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut outer, &mut inner) => {}
                () = cut.notified() => {}
            }
        });
    }
}
