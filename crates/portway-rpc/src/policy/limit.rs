//! Limits around channels and services.

use std::future::Future;

use super::{Limiter, kept::keep, limiter::Side};
use crate::{
    Call, CallOptions, Context, Intercept, Method, MethodInfo, Open, Request, Status, Streams,
    guard::until,
};

/// A channel on which a bounded number of calls is under way at once.
///
/// A call above the limit waits for its turn, within its deadline, or is refused with
/// [`Code::ResourceExhausted`](crate::Code::ResourceExhausted) before anything is sent. Streams have
/// their place until the receiving half ends or is dropped.
#[derive(Clone, Debug)]
pub struct Limit<C> {
    channel: C,
    limiter: Limiter,
}

impl<C> Limit<C> {
    /// Limits the calls on `channel`; channels of one limiter share its places.
    pub fn new(channel: C, limiter: Limiter) -> Self {
        Self { channel, limiter }
    }
}

impl<M: Method, C: Call<M>> Call<M> for Limit<C> {
    async fn call(&self, request: Request<M::Request>) -> Result<M::Response, Status> {
        let (message, options) = request.into_parts();
        let (_place, options) = enter(&self.limiter, options).await?;
        self.channel
            .call(Request::with_options(message, options))
            .await
    }
}

impl<M: Method, C: Open<M>> Open<M> for Limit<C> {
    async fn open(&self, request: Request<Option<M::Request>>) -> Result<Streams<M>, Status> {
        let (first, options) = request.into_parts();
        let (place, options) = enter(&self.limiter, options).await?;
        let request = Request::with_options(first, options);
        let (sending, receiving) = self.channel.open(request).await?;
        Ok((sending, keep(receiving, place)))
    }
}

/// Waits for a place within the deadline of the call, which waiting does not move.
async fn enter(
    limiter: &Limiter,
    options: CallOptions,
) -> Result<(super::limiter::Place, CallOptions), Status> {
    let (deadline, parent) = (options.deadline(), options.parent_cancellation());
    let entering = limiter.enter(Side::Client);
    let place = until(deadline, parent.as_ref(), entering).await?;
    Ok((place, options.until(deadline)))
}

/// Sheds load: a call above the limit waits for its turn, within its deadline, or is refused with
/// [`Code::Unavailable`](crate::Code::Unavailable) before its handler begins, so that its client
/// asks another server.
impl Intercept for Limiter {
    fn intercept<T, W>(
        &self,
        _method: MethodInfo,
        _context: &Context,
        work: W,
    ) -> impl Future<Output = Result<T, Status>> + Send
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let limiter = self.clone();
        async move {
            // The transport ends this future at the deadline of the call.
            let _place = limiter.enter(Side::Server).await?;
            work.await
        }
    }
}
