//! Services behind transports of bytes: methods by their paths, with their types hidden.

mod typed;

use std::{
    collections::HashMap,
    fmt,
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use tokio::time::Instant;

pub(crate) use typed::{Decoding, EncodingSender};

use crate::{
    CancelReason, Codec, Context, EncodeMessage, Handle, HandleStream, Method, ReceiveMessages,
    Receiving, Sending, Service, Shape, Status, Visit, codec::Encoding, guard::catch_panics,
};

/// The work on one call.
pub type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Services behind transports of bytes: methods by their paths, with their types hidden.
///
/// One router serves framed connections, gRPC and NATS alike.
#[derive(Clone, Debug, Default)]
pub struct Router {
    routes: HashMap<String, Route>,
    services: Vec<&'static str>,
}

/// How one method is served.
#[derive(Clone)]
pub struct Route {
    shape: Shape,
    content_type: &'static str,
    method: Arc<dyn ErasedMethod>,
}

/// Where a transport takes the answer of a unary call.
pub trait Respond: Send + Sync {
    /// Tells whether there is room for an answer, at little cost.
    fn has_room(&self) -> bool;

    /// Waits until there is room for an answer: a peer that does not read holds its handlers back.
    fn poll_room(&self, call: u64, task: &mut TaskContext<'_>) -> Poll<()>;

    /// Takes the answer of the call that has this number.
    fn respond(&self, call: u64, context: &Context, result: Result<&dyn EncodeMessage, Status>);
}

/// Takes the answer of one unary call.
pub struct Answer {
    /// The transport.
    pub transport: Arc<dyn Respond>,
    /// The number by which the transport knows the call.
    pub call: u64,
}

/// What a transport does to send the messages of one stream, whatever their type is.
pub trait SendEncoded: Send {
    /// See [`SendMessages::poll_ready`](crate::SendMessages::poll_ready).
    ///
    /// # Errors
    /// How the call ended, if it did.
    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Status>>;

    /// See [`SendMessages::start_send`](crate::SendMessages::start_send).
    ///
    /// # Errors
    /// How the call ended, if it did; or why the message cannot be sent.
    fn start_send(&mut self, message: &dyn EncodeMessage) -> Result<(), Status>;

    /// See [`SendMessages::finish`](crate::SendMessages::finish).
    fn finish(&mut self);
}

impl Router {
    /// Makes a router without methods.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds all methods of a service. One that is there already is replaced.
    pub fn add<S: Service>(&mut self, service: Arc<S>) {
        self.services.push(S::NAME);
        S::visit(&mut Adding {
            router: self,
            service,
        });
    }

    /// Finds a method by `package.Service/Method`.
    pub fn route(&self, path: &str) -> Option<&Route> {
        self.routes.get(path)
    }

    /// Returns the paths of all methods.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.routes.keys().map(String::as_str)
    }

    /// Returns the names of the services in the order in which they were added.
    pub fn services(&self) -> &[&'static str] {
        &self.services
    }
}

impl Route {
    /// Returns who sends how many messages.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Returns the name of the messages' format.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Serves a call of a unary method; of another, the answer is
    /// [`Code::Internal`](crate::Code::Internal).
    pub fn unary(&self, context: Context, request: Bytes, answer: Answer) -> Work<()> {
        self.method.unary(context, request, answer)
    }

    /// Serves a call of a method with streams; a unary one fails with
    /// [`Code::Internal`](crate::Code::Internal).
    pub fn streaming(
        &self,
        context: Context,
        requests: Box<dyn ReceiveMessages<Bytes>>,
        responses: Box<dyn SendEncoded>,
    ) -> Work<Result<(), Status>> {
        self.method.streaming(context, requests, responses)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Route")
            .field("shape", &self.shape)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Waits until there is room for the answer.
    pub async fn room(&self) {
        if !self.transport.has_room() {
            poll_fn(|task| self.transport.poll_room(self.call, task)).await;
        }
    }

    /// Gives the answer.
    pub fn give(self, context: &Context, result: Result<&dyn EncodeMessage, Status>) {
        self.transport.respond(self.call, context, result);
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Answer")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// A method whose types are hidden.
trait ErasedMethod: Send + Sync {
    fn unary(&self, context: Context, request: Bytes, answer: Answer) -> Work<()> {
        drop(request);
        Box::pin(async move { answer.give(&context, Err(wrong_shape())) })
    }

    fn streaming(
        &self,
        _context: Context,
        _requests: Box<dyn ReceiveMessages<Bytes>>,
        _responses: Box<dyn SendEncoded>,
    ) -> Work<Result<(), Status>> {
        Box::pin(async { Err(wrong_shape()) })
    }
}

fn wrong_shape() -> Status {
    Status::internal("the transport mistook the shape of the method")
}

/// Adds the methods that a service shows.
struct Adding<'a, S> {
    router: &'a mut Router,
    service: Arc<S>,
}

impl<S> Adding<'_, S> {
    fn add<M: Method>(&mut self, method: Arc<dyn ErasedMethod>) {
        let content_type = <M::Codec as Codec<M::Request>>::CONTENT_TYPE;
        let route = Route {
            shape: M::SHAPE,
            content_type,
            method,
        };
        self.router.routes.insert(M::path(), route);
    }
}

impl<S> Visit<S> for Adding<'_, S> {
    fn unary<M: Method>(&mut self)
    where
        S: Handle<M>,
    {
        let service = Arc::clone(&self.service);
        self.add::<M>(Arc::new(UnaryMethod::<M, S> {
            service,
            method: PhantomData,
        }));
    }

    fn streaming<M: Method>(&mut self)
    where
        S: HandleStream<M>,
    {
        let service = Arc::clone(&self.service);
        self.add::<M>(Arc::new(StreamingMethod::<M, S> {
            service,
            method: PhantomData,
        }));
    }
}

struct UnaryMethod<M, S> {
    service: Arc<S>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method, S: Handle<M>> ErasedMethod for UnaryMethod<M, S> {
    fn unary(&self, context: Context, request: Bytes, answer: Answer) -> Work<()> {
        let service = Arc::clone(&self.service);
        Box::pin(async move {
            let handling = async {
                refuse_late(&context)?;
                let request = <M::Codec as Codec<M::Request>>::decode(request)?;
                service.handle(context.clone(), request).await
            };
            let result = catch_panics(context.scope(handling)).await;
            answer.room().await;
            match result {
                Ok(mut response) => {
                    let payload = M::RESPONSE_PAYLOAD.and_then(|field| field.take(&mut response));
                    let encoding = Encoding::<_, M::Codec>::new(&response).with(payload.as_ref());
                    answer.give(&context, Ok(&encoding));
                }
                Err(status) => answer.give(&context, Err(status)),
            }
        })
    }
}

struct StreamingMethod<M, S> {
    service: Arc<S>,
    method: PhantomData<fn() -> M>,
}

impl<M: Method, S: HandleStream<M>> ErasedMethod for StreamingMethod<M, S> {
    fn streaming(
        &self,
        context: Context,
        requests: Box<dyn ReceiveMessages<Bytes>>,
        responses: Box<dyn SendEncoded>,
    ) -> Work<Result<(), Status>> {
        let service = Arc::clone(&self.service);
        Box::pin(async move {
            let requests = Receiving::new(Decoding::<M::Codec, _>::new(requests));
            let responses = EncodingSender::<_, M::Codec, _>::new(responses, M::RESPONSE_PAYLOAD);
            let responses = Sending::new(responses);
            let handling = async {
                refuse_late(&context)?;
                let handler = service.handle_stream(context.clone(), requests, responses);
                handler.await
            };
            catch_panics(context.scope(handling)).await
        })
    }
}

/// Refuses work whose deadline passed while it waited for its turn.
fn refuse_late(context: &Context) -> Result<(), Status> {
    match context.deadline().has_passed(Instant::now()) {
        true => Err(CancelReason::Deadline.status()),
        false => Ok(()),
    }
}
