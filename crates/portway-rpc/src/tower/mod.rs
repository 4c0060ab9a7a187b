//! Adapters to [`tower`](https://docs.rs/tower), both ways, at the edge.
//!
//! - [`MethodService`]: a method on a channel as a service of tower, for its layers or its clients.
//! - [`ServiceChannel`]: a service of tower as a channel for one method, with such layers inside.
//! - [`Layered`]: a layer of tower around all handlers of a service.
//!
//! ```
//! # use std::time::Duration;
//! # use portway_rpc::{InProcess, Raw, Shape, Status, Context, Method, Handle, Call};
//! use portway_rpc::tower::{MethodService, ServiceChannel};
//! use tower::ServiceBuilder;
//! # struct Echo;
//! # impl Method for Echo {
//! #     type Request = bytes::Bytes;
//! #     type Response = bytes::Bytes;
//! #     type Codec = Raw;
//! #     const SERVICE: &'static str = "example.Text";
//! #     const NAME: &'static str = "Echo";
//! #     const SHAPE: Shape = Shape::Unary;
//! # }
//! # struct Text;
//! # impl Handle<Echo> for Text {
//! #     async fn handle(&self, _: Context, request: bytes::Bytes) -> Result<bytes::Bytes, Status> {
//! #         Ok(request)
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Status> {
//! # let channel = InProcess::new(Text);
//! let service = ServiceBuilder::new()
//!     .concurrency_limit(10)
//!     .service(MethodService::<Echo, _>::new(channel));
//! let channel = ServiceChannel::new(service);
//! let answer = Call::<Echo>::call(&channel, bytes::Bytes::from("hello").into()).await?;
//! assert_eq!(answer, "hello");
//! # Ok(())
//! # }
//! ```

mod channel;
mod layered;

pub use channel::{MethodService, ServiceChannel};
pub use layered::{Handlers, Invocation, Layered, Outcome};

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
};

use crate::Status;

/// What the services of tower fail with.
type BoxError = Box<dyn Error + Send + Sync>;

/// Makes a status of the error of a service: itself if it is one.
fn status(error: impl Into<BoxError>) -> Status {
    match error.into().downcast::<Status>() {
        Ok(status) => *status,
        Err(error) => Status::unknown(error.to_string()).with_source(error),
    }
}

/// A service that is cloned for each call: many of tower's cannot be shared between threads.
#[derive(Debug)]
struct Prototype<S>(Mutex<S>);

impl<S: Clone> Prototype<S> {
    fn new(service: S) -> Self {
        Self(Mutex::new(service))
    }

    fn copy(&self) -> S {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
