//! tarpc over TCP, with bincode: deadlines and cancellation on, as they are there always.

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tarpc::{
    client, context,
    server::{BaseChannel, Channel as _},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_serde::formats::Bincode;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::messaging::load::{Load, Progress, Sample, repeat, sides};

#[tarpc::service]
trait Echo {
    async fn echo(body: Bytes) -> Bytes;
}

#[derive(Clone)]
struct Echoes;

impl Echo for Echoes {
    async fn echo(self, _: context::Context, body: Bytes) -> Bytes {
        body
    }
}

fn frames(stream: TcpStream) -> anyhow::Result<Framed<TcpStream, LengthDelimitedCodec>> {
    stream.set_nodelay(true)?;
    Ok(Framed::new(stream, LengthDelimitedCodec::new()))
}

async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let frames = frames(listener.accept().await?.0)?;
    let transport = tarpc::serde_transport::new(frames, Bincode::default());
    let requests = BaseChannel::with_defaults(transport).execute(Echoes.serve());
    requests
        .for_each(|handler| async {
            tokio::spawn(handler);
        })
        .await;
    Ok(())
}

pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    sides(load, serve, move |address, progress: Progress| async move {
        let frames = frames(TcpStream::connect(address).await?)?;
        let transport = tarpc::serde_transport::new(frames, Bincode::default());
        let client = EchoClient::new(client::Config::default(), transport).spawn();
        let body = Bytes::from(vec![1; load.size]);
        repeat(load.depth, progress, move || {
            let (client, body) = (client.clone(), body.clone());
            async move {
                let answer = client.echo(context::current(), body).await;
                answer.map(drop).context("tarpc ended")
            }
        })
        .await
    })
}
