//! How a client reaches a server.

use std::{io, sync::Arc};

use tokio::net::TcpStream;

use crate::{FramedOptions, Status, Target, framed::client::Connection};

/// How a client reaches a server.
#[derive(Debug)]
pub(crate) struct Connector {
    target: Target,
    #[cfg(feature = "tls")]
    tls: Option<crate::framed::tls::ClientTls>,
}

impl Connector {
    pub(crate) fn new(target: Target, options: &FramedOptions) -> Result<Self, Status> {
        #[cfg(feature = "tls")]
        return Ok(Self {
            tls: crate::framed::tls::ClientTls::of(&target, options)?,
            target,
        });
        #[cfg(not(feature = "tls"))]
        {
            let _none_for_tls = options;
            if matches!(target, Target::Tls(_)) {
                return Err(Status::invalid_argument(
                    "TLS needs the feature `tls` of portway-rpc",
                ));
            }
            Ok(Self { target })
        }
    }

    /// Connects once.
    pub(crate) async fn connect(&self, options: &FramedOptions) -> Result<Arc<Connection>, Status> {
        let reached = self.reach(options).await;
        reached.map_err(|error| {
            let text = format!("{} cannot be reached: {error}", self.target);
            Status::unavailable(text).with_source(error)
        })
    }

    async fn reach(&self, options: &FramedOptions) -> io::Result<Arc<Connection>> {
        match &self.target {
            Target::Tcp(host) => Ok(Connection::start(connect_tcp(host).await?, options)),
            #[cfg(unix)]
            Target::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                Ok(Connection::start(stream, options))
            }
            #[cfg(feature = "tls")]
            Target::Tls(host) => {
                let tls = self.tls.as_ref().ok_or(io::ErrorKind::Unsupported)?;
                let stream = tls.connect(connect_tcp(host).await?).await?;
                Ok(Connection::start(stream, options))
            }
            #[cfg(any(not(unix), not(feature = "tls")))]
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

async fn connect_tcp(host: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host).await?;
    // Frames are gathered before they are written: the kernel need not wait for more.
    stream.set_nodelay(true)?;
    Ok(stream)
}
