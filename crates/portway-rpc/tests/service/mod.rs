//! A service that does what tests need, over whichever transport.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use portway_rpc::{
    AnyTransport, CancelReason, Context, Handle, HandleStream, Method, Protobuf, Receiving,
    Sending, Service, Shape, Status, Visit,
};
use tokio::sync::mpsc;

/// The longest that anything here may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

macro_rules! method {
    ($name:ident, $shape:ident) => {
        pub(crate) struct $name;
        impl Method for $name {
            type Request = Bytes;
            type Response = Bytes;
            type Codec = Protobuf;
            const SERVICE: &'static str = "test.Service";
            const NAME: &'static str = stringify!($name);
            const SHAPE: Shape = Shape::$shape;
        }
    };
}

method!(Echo, Unary);
method!(Tell, Unary);
method!(Fail, Unary);
method!(Panic, Unary);
method!(Wait, Unary);
method!(Nap, Unary);
method!(Missing, Unary);
method!(Double, Bidirectional);
method!(Count, ClientStreaming);
method!(Flood, ServerStreaming);
method!(Silence, ServerStreaming);

/// Counts what goes on in handlers.
#[derive(Clone, Default)]
pub(crate) struct Everything {
    pub(crate) sent: Arc<AtomicUsize>,
    pub(crate) begun: Option<mpsc::UnboundedSender<()>>,
    pub(crate) cancelled: Option<mpsc::UnboundedSender<CancelReason>>,
}

impl Everything {
    /// Tells the test that a handler has begun, and later why it was cancelled.
    fn watch(&self, context: &Context) {
        if let Some(begun) = &self.begun {
            begun.send(()).unwrap_or_default();
        }
        if let Some(cancelled) = self.cancelled.clone() {
            let cancellation = context.cancellation().clone();
            tokio::spawn(async move { cancelled.send(cancellation.cancelled().await) });
        }
    }
}

impl Handle<Echo> for Everything {
    async fn handle(&self, _: Context, request: Bytes) -> Result<Bytes, Status> {
        Ok(request)
    }
}

/// Tells what the handler knows of the call, as text.
impl Handle<Tell> for Everything {
    async fn handle(&self, context: Context, _: Bytes) -> Result<Bytes, Status> {
        let metadata = context.metadata();
        let peer = context.peer().ok_or_else(|| Status::internal("no peer"))?;
        let text = format!(
            "tenant={} key={:?} trace={} seconds={} transport={:?} certificates={}",
            metadata.text("tenant").unwrap_or_default(),
            metadata.value("key-bin").map(|value| value.to_vec()),
            context.trace().is_some(),
            context.remaining().as_secs(),
            peer.transport,
            peer.certificates.len(),
        );
        context.append_leading("in-front", "1").unwrap();
        context.append_trailing("behind-bin", vec![0, 255]).unwrap();
        Ok(text.into())
    }
}

impl Handle<Fail> for Everything {
    async fn handle(&self, context: Context, _: Bytes) -> Result<Bytes, Status> {
        context.append_leading("in-front", "1").unwrap();
        context.append_trailing("reason", "tired").unwrap();
        Err(Status::data_loss("50 % are gone").with_details(vec![1, 2, 3]))
    }
}

impl Handle<Panic> for Everything {
    async fn handle(&self, _: Context, _: Bytes) -> Result<Bytes, Status> {
        panic!("asked for")
    }
}

impl Handle<Wait> for Everything {
    async fn handle(&self, context: Context, _: Bytes) -> Result<Bytes, Status> {
        self.watch(&context);
        std::future::pending().await
    }
}

/// Answers after as many milliseconds as the request has bytes.
impl Handle<Nap> for Everything {
    async fn handle(&self, context: Context, request: Bytes) -> Result<Bytes, Status> {
        self.watch(&context);
        tokio::time::sleep(Duration::from_millis(request.len() as u64)).await;
        Ok(request)
    }
}

impl HandleStream<Double> for Everything {
    async fn handle_stream(
        &self,
        context: Context,
        mut requests: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        self.watch(&context);
        while let Some(message) = requests.receive().await? {
            if message == "fail" {
                return Err(Status::data_loss("asked for"));
            }
            responses.send(message.clone()).await?;
            responses.send(message).await?;
        }
        Ok(())
    }
}

impl HandleStream<Count> for Everything {
    async fn handle_stream(
        &self,
        context: Context,
        mut requests: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        self.watch(&context);
        let mut count = 0_usize;
        while requests.receive().await?.is_some() {
            count += 1;
        }
        self.sent.store(count, Ordering::SeqCst);
        responses.send(count.to_string().into()).await
    }
}

impl HandleStream<Flood> for Everything {
    async fn handle_stream(
        &self,
        context: Context,
        _: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        self.watch(&context);
        loop {
            responses.send(Bytes::from(vec![0; 1000])).await?;
            self.sent.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl HandleStream<Silence> for Everything {
    async fn handle_stream(
        &self,
        context: Context,
        _: Receiving<Bytes>,
        _: Sending<Bytes>,
    ) -> Result<(), Status> {
        self.watch(&context);
        std::future::pending().await
    }
}

impl Service for Everything {
    type Reach = AnyTransport;
    const NAME: &'static str = "test.Service";
    fn visit<V: Visit<Self>>(visitor: &mut V) {
        visitor.unary::<Echo>();
        visitor.unary::<Tell>();
        visitor.unary::<Fail>();
        visitor.unary::<Panic>();
        visitor.unary::<Wait>();
        visitor.unary::<Nap>();
        visitor.streaming::<Double>();
        visitor.streaming::<Count>();
        visitor.streaming::<Flood>();
        visitor.streaming::<Silence>();
    }
}
