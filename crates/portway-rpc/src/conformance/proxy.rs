//! A relay between a client and a server that loses them to each other.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

use crate::in_process::Aborting;

/// A relay between a client and a server over TCP, which can cut connections, or go silent as a
/// network does whose cable is pulled.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    _task: Relay,
}

/// The task that relays.
struct Relay(#[expect(dead_code, reason = "held until the end")] Aborting<()>);

impl std::fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Relay")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// Nothing passes.
    silent: bool,
    /// Connections of another number are over.
    generation: u64,
}

impl Proxy {
    /// Relays to `server`.
    ///
    /// # Errors
    /// What the system says.
    pub async fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, watched) = watch::channel(State::default());
        let task = tokio::spawn(accept(listener, server, watched));
        Ok(Self {
            address,
            state,
            _task: Relay(Aborting(task)),
        })
    }

    /// Returns the address that clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes all connections; new ones are relayed.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.generation += 1);
    }

    /// Lets nothing pass any more, and tells neither side; new connections are not answered.
    pub fn fall_silent(&self) {
        self.state.send_modify(|state| state.silent = true);
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: watch::Receiver<State>) {
    let mut relays = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let state = state.clone();
        relays.spawn(async move {
            let generation = state.borrow().generation;
            let mut ending = state.clone();
            tokio::select! {
                _ = ending.wait_for(|state| state.generation != generation) => {}
                _ = relay(client, server, state) => {}
            }
        });
    }
}

async fn relay(
    client: TcpStream,
    server: SocketAddr,
    state: watch::Receiver<State>,
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::try_join!(
        copy(from_client, to_server, state.clone()),
        copy(from_server, to_client, state),
    )?;
    Ok(())
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = from.read(&mut buffer).await?;
        // One that is gone cuts all connections.
        let _passing = state.wait_for(|state| !state.silent).await.is_ok();
        if count == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}
