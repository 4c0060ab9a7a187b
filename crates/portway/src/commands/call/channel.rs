//! The channel to a server, whatever it speaks.

use bytes::Bytes;
use portway_rpc::{
    FramedChannel, FramedOptions, GrpcChannel, GrpcOptions, GrpcTarget, MethodName, NatsChannel,
    Open, OpenByName as _, Receiving, Request, Sending, Status, Streams, Target as FramedTarget,
    pattern::nats::Nats,
    reflection::{AlphaServerReflectionInfo, ServerReflectionInfo},
};

use super::{
    outcome,
    target::{CallTarget, NatsServer, Place},
    tls::TlsArguments,
};
use crate::failure::{Advise as _, Advised};

/// The largest answer that is taken.
const MAXIMUM_MESSAGE: usize = 256 << 20;

/// The channel to a server.
pub(super) struct Channel {
    place: Place,
    transport: Transport,
}

enum Transport {
    Grpc(GrpcChannel),
    Framed(FramedChannel),
    Nats(NatsChannel),
}

/// A question about what a server serves, and its answer.
type Reflecting = Streams<ServerReflectionInfo>;

impl Channel {
    pub(super) async fn connect(target: &CallTarget, tls: &TlsArguments) -> Result<Self, Advised> {
        let transport = match &target.place {
            Place::Grpc(place) => {
                let mut options = GrpcOptions::new().maximum_message(MAXIMUM_MESSAGE);
                if matches!(place, GrpcTarget::Tls(_)) {
                    options = options.tls(tls.configuration()?);
                }
                let channel = GrpcChannel::connect(place.clone(), options).await;
                channel.map(Transport::Grpc)
            }
            Place::Framed(place) => {
                let mut options = FramedOptions::new();
                if matches!(place, FramedTarget::Tls(_)) {
                    options = options.tls(tls.configuration()?);
                }
                let channel = FramedChannel::connect(place.clone(), options).await;
                channel.map(Transport::Framed)
            }
            Place::Nats(server) => connect_nats(server).await?.map(Transport::Nats),
        };
        let place = target.place.clone();
        match transport {
            Ok(transport) => Ok(Self { place, transport }),
            Err(status) => Err(outcome::failed(&place, status)),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Opens the streams of a method.
    pub(super) async fn open(
        &self,
        name: MethodName<'_>,
        request: Request<Option<Bytes>>,
    ) -> Result<(Sending<Bytes>, Receiving<Bytes>), Status> {
        match &self.transport {
            Transport::Grpc(channel) => channel.open_by_name(name, request).await,
            Transport::Framed(channel) => channel.open_by_name(name, request).await,
            Transport::Nats(channel) => channel.open_by_name(name, request).await,
        }
    }

    /// Opens a conversation about what the server serves, by the newer name of the protocol or by
    /// the older one.
    pub(super) async fn reflect(
        &self,
        older: bool,
        options: &super::CallOptions,
    ) -> Result<Reflecting, Status> {
        match &self.transport {
            Transport::Grpc(channel) => reflect(channel, older, options).await,
            Transport::Framed(channel) => reflect(channel, older, options).await,
            Transport::Nats(_) => Err(Status::unimplemented("reflection is a stream")),
        }
    }
}

async fn connect_nats(server: &NatsServer) -> Result<Result<NatsChannel, Status>, Advised> {
    let nats = Nats::connect(&server.0).await.advise(
        format_args!("cannot use {server}"),
        "look whether the NATS server runs there, and whether user, password and rights are right",
    )?;
    Ok(NatsChannel::new(&nats).await)
}

async fn reflect<C>(
    channel: &C,
    older: bool,
    options: &super::CallOptions,
) -> Result<Reflecting, Status>
where
    C: Open<ServerReflectionInfo> + Open<AlphaServerReflectionInfo>,
{
    let request = Request::new(None)
        .metadata(options.metadata.clone())
        .timeout(options.timeout);
    match older {
        false => Open::<ServerReflectionInfo>::open(channel, request).await,
        true => Open::<AlphaServerReflectionInfo>::open(channel, request).await,
    }
}
