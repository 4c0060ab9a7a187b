//! One service on NATS: its requests, its handlers, its end.

use std::{io, sync::Arc};

use async_nats::{Client, Message, Subscriber};
use futures_util::StreamExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    NatsListenOptions,
    answer::{Reply, Slot},
    calls::Calls,
    cancel::subject_of_service,
    headers,
    protocol::Description,
    requests::{Requests, confirm},
};
use crate::{
    Answer, CancelReason, Context, DEFAULT_TIMEOUT, Deadline, Peer, Route, Router, Shape, Status,
    Stopping, Transport,
    header::{check_content_type, content_type},
};

/// How many messages a subscription gets, for each handler that may run at once. Half of that may come
/// before the next subscription is made: more than would be served anyway.
const TURN: usize = 8;

/// One service on NATS.
pub(super) struct NatsService {
    client: Client,
    router: Arc<Router>,
    name: &'static str,
    /// The subjects of its methods, without the last part.
    subject: String,
    description: Description,
    places: Arc<Semaphore>,
    peer: Arc<Peer>,
    calls: Calls,
}

/// The subscriptions of a service.
pub(super) struct Subscriptions {
    requests: Requests,
    cancellations: Subscriber,
}

impl NatsService {
    pub(super) fn new(
        client: Client,
        router: Arc<Router>,
        name: &'static str,
        places: Arc<Semaphore>,
        options: &NatsListenOptions,
    ) -> Self {
        let subject = format!("{}{name}", options.prefix);
        let description = Description::new(name, methods(&router, name, &subject), options);
        Self {
            client,
            router,
            name,
            subject,
            description,
            places,
            peer: Arc::new(Peer::new(Transport::Nats)),
            calls: Calls::default(),
        }
    }

    /// Tells the server what is to come here.
    pub(super) async fn subscribe(&self, options: &NatsListenOptions) -> io::Result<Subscriptions> {
        let client = &self.client;
        let cancellations = client.subscribe(subject_of_service(&self.subject)).await;
        let turn = options.concurrency.saturating_mul(TURN) as u64;
        Ok(Subscriptions {
            requests: Requests::join(client, &self.subject, &options.group, turn).await?,
            cancellations: cancellations.map_err(io::Error::other)?,
        })
    }

    /// Serves until `stopping` says otherwise and all that came is answered.
    pub(super) async fn serve(self: Arc<Self>, subscriptions: Subscriptions, stopping: Stopping) {
        let Subscriptions {
            requests,
            cancellations,
        } = subscriptions;
        let questions = async {
            let answered = self.description.answer_questions(&self.client).await;
            if let Err(error) = answered {
                tracing::warn!(%error, service = self.name, "a service is not listed");
            }
            std::future::pending::<()>().await;
        };
        let gently = stopping.gently.cancelled();
        let listed = async {
            tokio::select! {
                () = questions => {}
                _ = gently => {}
            }
        };
        tokio::select! {
            _ = async { tokio::join!(self.serve_requests(requests, &stopping), listed) } => {}
            () = self.hear_cancellations(cancellations) => {}
            reason = stopping.at_once.cancelled() => self.calls.cancel_all(reason),
        }
    }

    async fn serve_requests(self: &Arc<Self>, mut requests: Requests, stopping: &Stopping) {
        let mut handlers = JoinSet::new();
        tokio::select! {
            () = self.begin_all(&mut requests, &mut handlers) => {}
            _ = stopping.gently.cancelled() => {
                let filling_up = requests.leave();
                tokio::select! {
                    () = self.begin_all(&mut requests, &mut handlers) => {}
                    () = filling_up => {}
                }
            }
        }
        while handlers.join_next().await.is_some() {}
        // Replies that the server has not read may be lost with the connection.
        if let Err(error) = confirm(&self.client).await {
            tracing::debug!(%error, "the last replies may be lost");
        }
    }

    /// Begins the handlers of all requests that come.
    async fn begin_all(self: &Arc<Self>, requests: &mut Requests, handlers: &mut JoinSet<()>) {
        loop {
            tokio::select! {
                message = requests.next() => match message {
                    Some(message) => self.begin(message, handlers).await,
                    None => return,
                },
                Some(_) = handlers.join_next(), if !handlers.is_empty() => {}
            }
        }
    }

    /// Starts the handler of a request, in a task of its own.
    async fn begin(self: &Arc<Self>, message: Message, handlers: &mut JoinSet<()>) {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => {
                handlers.spawn(Arc::clone(self).handle(message, place, Instant::now()));
            }
            Err(_) => {
                let limit = "the server has as many calls under way as it allows: ask another one, or later";
                self.reply(message, Reply::error(Status::unavailable(limit)))
                    .await;
            }
        }
    }

    async fn handle(
        self: Arc<Self>,
        message: Message,
        _place: OwnedSemaphorePermit,
        arrived: Instant,
    ) {
        let begun = Instant::now();
        let method = last(&message.subject).to_owned();
        let reply = match self.route(&method, &message, arrived) {
            Ok((route, context)) => self.call(route, context, &message).await,
            Err(status) => Some(Reply::error(status)),
        };
        let Some(reply) = reply else { return };
        self.description
            .note(&method, begun.elapsed(), reply.result.as_ref().err());
        self.reply(message, reply).await;
    }

    /// Finds the method, and reads the headers.
    fn route(
        &self,
        method: &str,
        message: &Message,
        arrived: Instant,
    ) -> Result<(Route, Context), Status> {
        let path = format!("{}/{method}", self.name);
        let missing = || Status::unimplemented(format!("there is no method {path}"));
        let route = self.router.route(&path).ok_or_else(missing)?;
        if route.shape() != Shape::Unary {
            return Err(Status::unimplemented(format!(
                "{path} has streams, which NATS does not carry"
            )));
        }
        let parsed = headers::parse(message);
        if let Some(found) = &parsed.content_type {
            check_content_type(found, content_type(route.content_type()))?;
        }
        let timeout = parsed.timeout()?.unwrap_or(DEFAULT_TIMEOUT);
        let deadline = Deadline::since(arrived, timeout);
        let peer = Some(Arc::clone(&self.peer));
        Ok((
            route.clone(),
            Context::incoming(deadline, parsed.metadata, peer),
        ))
    }

    /// Runs the handler. There is no reply to a caller that gave up.
    async fn call(&self, route: Route, context: Context, message: &Message) -> Option<Reply> {
        let slot = Slot::new();
        let transport = Arc::clone(&slot);
        let answer = Answer { transport, call: 0 };
        let reply = message.reply.as_ref();
        let _entry = reply.map(|reply| self.calls.begin(reply, &context));
        if context.cancellation().is_cancelled() {
            return None;
        }
        let work = route.unary(context.clone(), message.payload.clone(), answer);
        let reason = tokio::select! {
            () = work => return Some(slot.take()),
            reason = context.cancellation().cancelled() => reason,
            () = sleep_until(context.deadline().instant()) => CancelReason::Deadline,
        };
        context.cancel(reason);
        (reason != CancelReason::Caller).then(|| Reply::error(reason.status()))
    }

    async fn reply(&self, message: Message, reply: Reply) {
        let Some(subject) = message.reply else { return };
        let path = format!("{}/{}", self.name, last(&message.subject));
        let of_route = |route: &Route| content_type(route.content_type());
        let content_type = self.router.route(&path).map_or("", of_route);
        reply
            .send(&self.client, subject.to_string(), content_type)
            .await;
    }

    /// Ends calls whose callers gave up.
    async fn hear_cancellations(&self, mut cancellations: Subscriber) {
        while let Some(message) = cancellations.next().await {
            if let Ok(reply) = std::str::from_utf8(&message.payload) {
                self.calls.cancel(reply);
            }
        }
        // The connection is closed; the requests end by themselves.
        std::future::pending().await
    }
}

/// Returns the unary methods of a service with their subjects: NATS carries no streams.
fn methods(
    router: &Router,
    service: &str,
    subject: &str,
) -> impl Iterator<Item = (String, String)> {
    router.paths().filter_map(move |path| {
        let name = path.strip_prefix(service)?.strip_prefix('/')?;
        let unary = router.route(path)?.shape() == Shape::Unary;
        unary.then(|| (name.to_owned(), format!("{subject}.{name}")))
    })
}

/// Returns the last part of a subject.
fn last(subject: &str) -> &str {
    subject.rsplit('.').next().unwrap_or_default()
}
