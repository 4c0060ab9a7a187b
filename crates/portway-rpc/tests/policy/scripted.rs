//! A channel that answers as a test says, and two methods for it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use portway_rpc::{Call, Context, Method, Raw, Request, Shape, Status};

macro_rules! method {
    ($(#[$documentation:meta])* $name:ident, $idempotent:literal) => {
        $(#[$documentation])*
        pub(crate) struct $name;

        impl Method for $name {
            type Request = Bytes;
            type Response = Bytes;
            type Codec = Raw;
            const SERVICE: &'static str = "test.Store";
            const NAME: &'static str = stringify!($name);
            const SHAPE: Shape = Shape::Unary;
            const IDEMPOTENT: bool = $idempotent;
        }
    };
}

method! {
    /// May be repeated.
    Read, true
}

method! {
    /// May not.
    Write, false
}

type Answer = Pin<Box<dyn Future<Output = Result<Bytes, Status>> + Send>>;

/// A channel that answers as a test says; clones are the same.
#[derive(Clone)]
pub(crate) struct Scripted {
    answer: Arc<dyn Fn(Context) -> Answer + Send + Sync>,
    calls: Arc<AtomicU32>,
}

impl Scripted {
    /// Answers each call by `answer`, which is given its context.
    pub(crate) fn new<F>(answer: impl Fn(Context) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Bytes, Status>> + Send + 'static,
    {
        Self {
            answer: Arc::new(move |context| Box::pin(answer(context))),
            calls: Arc::default(),
        }
    }

    /// Fails each call.
    pub(crate) fn failing(status: Status) -> Self {
        Self::new(move |_| std::future::ready(Err(status.clone())))
    }

    /// How many calls came.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

impl<M: Method<Request = Bytes, Response = Bytes>> Call<M> for Scripted {
    async fn call(&self, request: Request<Bytes>) -> Result<Bytes, Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let (context, _) = request.into_parts().1.into_context();
        (self.answer)(context).await
    }
}

/// Calls a method without a message.
pub(crate) async fn call<M>(channel: &impl Call<M>) -> Result<Bytes, Status>
where
    M: Method<Request = Bytes, Response = Bytes>,
{
    channel.call(Bytes::new().into()).await
}
