//! A server of this command for its own subscribers and workers.

use std::time::Duration;

use portway_rpc::{
    FramedListener, FramedOptions, Server, Target,
    pattern::framed::{Hub, HubPublisher, HubPush},
};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::failure::{Advise as _, Advised};

/// How often the command looks whether its subscribers have come.
const LOOK: Duration = Duration::from_millis(20);

/// A hub that is served until [`finish`](Self::finish).
pub(super) struct Served {
    pub(super) address: String,
    hub: Hub,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(super) async fn start(target: &Target, hub: Hub) -> Result<Self, Advised> {
        let listener = listen(target).await.advise(
            format_args!("cannot listen on {target}"),
            "`pub` and `push` serve framed targets themselves: name a free address of this host",
        )?;
        let address = listener
            .address()
            .map(|address| Target::Tcp(address.to_string()));
        let address = address.as_ref().unwrap_or(target).to_string();
        let (stop, stopped) = oneshot::channel();
        let server = Server::builder().service(hub.clone()).listen(listener);
        let server = tokio::spawn(server.serve(async move {
            // It stops as well when this command is gone.
            let _ = stopped.await;
        }));
        Ok(Self {
            address,
            hub,
            stop,
            server,
        })
    }

    /// Lets everybody have what there is, and ends.
    pub(super) async fn finish(self) {
        self.hub.close();
        let _ = self.stop.send(());
        if let Ok(Err(error)) = self.server.await {
            tracing::warn!(%error, "the server did not end well");
        }
    }
}

async fn listen(target: &Target) -> std::io::Result<FramedListener> {
    let options = FramedOptions::new();
    match target {
        Target::Tcp(address) => FramedListener::tcp(address, options).await,
        Target::Unix(path) => FramedListener::unix(path, options),
        _ => Err(std::io::Error::other(
            "pub and push serve framed://HOST:PORT and unix:PATH only",
        )),
    }
}

/// What a sender of a hub waits for.
pub(super) enum Audience<C> {
    Topic(HubPublisher<bytes::Bytes, C>),
    Queue(HubPush<bytes::Bytes, C>),
}

impl<C> Audience<C> {
    /// Waits until so many subscribers have come; jobs wait for their workers by themselves.
    pub(super) async fn gathered(&self, subscribers: usize) {
        if let Self::Topic(publisher) = self {
            while publisher.subscribers() < subscribers {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Waits until workers have taken all jobs.
    pub(super) async fn served(&self) {
        if let Self::Queue(push) = self {
            push.emptied().await;
        }
    }
}
