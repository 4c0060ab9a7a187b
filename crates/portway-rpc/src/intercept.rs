//! What stands around the handlers of a service.

use std::{future::Future, marker::PhantomData, sync::Arc};

use crate::{
    Context, Handle, HandleStream, Method, Receiving, Sending, Service, Shape, Status, Visit,
};

/// A method, as those see it who stand around all methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MethodInfo {
    /// The name of the service with its package.
    pub service: &'static str,
    /// The name of the method.
    pub name: &'static str,
    /// Who sends how many messages.
    pub shape: Shape,
}

impl MethodInfo {
    /// Describes the method `M`.
    pub fn of<M: Method>() -> Self {
        Self {
            service: M::SERVICE,
            name: M::NAME,
            shape: M::SHAPE,
        }
    }
}

/// Stands around the handlers of a service: asks who calls, counts, limits, observes.
///
/// ```
/// use std::future::Future;
/// use portway_rpc::{Context, Intercept, MethodInfo, Status};
///
/// /// Lets only those in who know the word.
/// struct Token(String);
///
/// impl Intercept for Token {
///     async fn intercept<T, W>(&self, _: MethodInfo, context: &Context, work: W) -> Result<T, Status>
///     where
///         T: Send + 'static,
///         W: Future<Output = Result<T, Status>> + Send + 'static,
///     {
///         if context.metadata().text("authorization") != Some(self.0.as_str()) {
///             return Err(Status::unauthenticated("who are you?"));
///         }
///         work.await
///     }
/// }
/// ```
pub trait Intercept: Send + Sync + 'static {
    /// Does `work`, which is one call of `method`, or refuses it. Work that is not polled is not
    /// begun. A call with streams is done when its handler is; it has no response of its own.
    fn intercept<T, W>(
        &self,
        method: MethodInfo,
        context: &Context,
        work: W,
    ) -> impl Future<Output = Result<T, Status>> + Send
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Status>> + Send + 'static;
}

/// A service with an [`Intercept`]or around all of its handlers; it is a service too.
#[derive(Debug)]
pub struct Intercepted<S, I> {
    service: Arc<S>,
    interceptor: I,
}

impl<S, I> Intercepted<S, I> {
    /// Puts `interceptor` around the handlers of `service`. The one put there last comes first.
    pub fn new(service: impl Into<Arc<S>>, interceptor: I) -> Self {
        Self {
            service: service.into(),
            interceptor,
        }
    }
}

impl<M: Method, S: Handle<M>, I: Intercept> Handle<M> for Intercepted<S, I> {
    async fn handle(&self, context: Context, request: M::Request) -> Result<M::Response, Status> {
        let (service, inner) = (Arc::clone(&self.service), context.clone());
        let work = async move { service.handle(inner, request).await };
        let method = MethodInfo::of::<M>();
        self.interceptor.intercept(method, &context, work).await
    }
}

impl<M: Method, S: HandleStream<M>, I: Intercept> HandleStream<M> for Intercepted<S, I> {
    async fn handle_stream(
        &self,
        context: Context,
        requests: Receiving<M::Request>,
        responses: Sending<M::Response>,
    ) -> Result<(), Status> {
        let (service, inner) = (Arc::clone(&self.service), context.clone());
        let work = async move { service.handle_stream(inner, requests, responses).await };
        let method = MethodInfo::of::<M>();
        self.interceptor.intercept(method, &context, work).await
    }
}

impl<S: Service, I: Intercept> Service for Intercepted<S, I> {
    type Reach = S::Reach;
    const NAME: &'static str = S::NAME;

    fn visit<V: Visit<Self>>(visitor: &mut V) {
        S::visit(&mut Through::<_, I>(visitor, PhantomData));
    }
}

/// Shows the methods of the inner service as those of the outer one.
struct Through<'a, V, I>(&'a mut V, PhantomData<I>);

impl<S, I: Intercept, V: Visit<Intercepted<S, I>>> Visit<S> for Through<'_, V, I> {
    fn unary<M: Method>(&mut self)
    where
        S: Handle<M>,
    {
        self.0.unary::<M>();
    }

    fn streaming<M: Method>(&mut self)
    where
        S: HandleStream<M>,
    {
        self.0.streaming::<M>();
    }
}
