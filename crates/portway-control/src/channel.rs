//! The way to a gateway, whichever transport it takes.

use std::{fmt, sync::Arc};

use portway_rpc::{
    Call, FramedChannel, FramedOptions, GrpcChannel, GrpcOptions, GrpcTarget, Metadata,
    MetadataError, Open, ProtobufMethod, Request, Status, Streams, Target,
};

use crate::{ControlOptions, ControlTarget, tls, v1::ControlClient};

/// The metadata that proves who a caller is.
const AUTHORIZATION: &str = "authorization";

/// Why no gateway was reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody answers there as a gateway does.
    #[error("{}", .0.message())]
    Unreachable(Status),
    /// The certificates or keys cannot be used.
    #[error("the certificates cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The token cannot be sent.
    #[error("the token cannot be sent: {0}")]
    Token(#[from] MetadataError),
    /// The system vouches for nobody.
    #[error("the system trusts no authority: name one, or the gateway's fingerprint")]
    NoAuthorities,
}

impl From<Status> for ConnectError {
    fn from(status: Status) -> Self {
        Self::Unreachable(status)
    }
}

/// Connects to a gateway.
///
/// # Errors
///
/// Fails when nobody answers, is not who was asked for, or the options cannot be used. Whether the
/// gateway knows the caller shows with the first call.
pub async fn connect(
    target: &ControlTarget,
    options: &ControlOptions,
) -> Result<ControlClient<ControlChannel>, ConnectError> {
    Ok(ControlClient::new(
        ControlChannel::connect(target, options).await?,
    ))
}

/// The transport below.
#[derive(Clone, Debug)]
enum Carrier {
    /// A Unix socket.
    Framed(FramedChannel),
    /// TCP with TLS.
    Grpc(GrpcChannel),
}

/// A connection to a gateway. Clones share it; a lost one is replaced with the next call.
#[derive(Clone)]
pub struct ControlChannel {
    carrier: Carrier,
    /// What proves who the caller is.
    proof: Metadata,
}

impl ControlChannel {
    /// Connects to a gateway.
    ///
    /// # Errors
    ///
    /// As [`connect`].
    pub async fn connect(
        target: &ControlTarget,
        options: &ControlOptions,
    ) -> Result<Self, ConnectError> {
        let mut proof = Metadata::new();
        if let Some(token) = &options.token {
            proof.insert(AUTHORIZATION, format!("Bearer {}", token.as_str()))?;
        }
        let carrier = match target {
            ControlTarget::Socket(path) => {
                let target = Target::Unix(path.clone());
                Carrier::Framed(FramedChannel::connect(target, FramedOptions::new()).await?)
            }
            ControlTarget::Tls { host, port } => {
                let tls = Arc::new(tls::configuration(options)?);
                let target = GrpcTarget::Tls(match host.contains(':') {
                    true => format!("[{host}]:{port}"),
                    false => format!("{host}:{port}"),
                });
                Carrier::Grpc(GrpcChannel::connect(target, GrpcOptions::new().tls(tls)).await?)
            }
        };
        Ok(Self { carrier, proof })
    }

    /// Adds the proof to what the caller sends along; what it says itself stays.
    fn prove<T>(&self, mut request: Request<T>) -> Result<Request<T>, Status> {
        for (name, value) in self.proof.iter() {
            let sent = request.metadata_mut();
            if sent.value(name).is_none() {
                sent.append_value(name.to_owned(), value.clone())
                    .map_err(|error| Status::invalid_argument(error.to_string()))?;
            }
        }
        Ok(request)
    }
}

impl<M: ProtobufMethod> Call<M> for ControlChannel {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let request = self.prove(request)?;
        match &self.carrier {
            Carrier::Framed(channel) => Call::<M>::call(channel, request).await,
            Carrier::Grpc(channel) => Call::<M>::call(channel, request).await,
        }
    }
}

impl<M: ProtobufMethod> Open<M> for ControlChannel {
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let request = self.prove(request)?;
        match &self.carrier {
            Carrier::Framed(channel) => Open::<M>::open(channel, request).await,
            Carrier::Grpc(channel) => Open::<M>::open(channel, request).await,
        }
    }
}

impl fmt::Debug for ControlChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ControlChannel")
            .field("carrier", &self.carrier)
            .finish_non_exhaustive()
    }
}
