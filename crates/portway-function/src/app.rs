//! What a program serves: routes, and handlers of what does not come over HTTP.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use axum::Router;

use crate::event::{Cron, Message};

/// An error of the program's own, of any type.
pub type BoxError = Box<dyn Error + Send + Sync>;

type Handled = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
type Handler<E> = Arc<dyn Fn(E) -> Handled + Send + Sync>;

/// A router, and the handlers of cron and queue events.
///
/// ```
/// use axum::{Router, routing::get};
/// use portway_function::{App, Cron};
///
/// let app = App::new(Router::new().route("/", get(|| async { "here" })))
///     .on_cron(|cron: Cron| async move {
///         println!("{} is due", cron.name);
///         Ok(())
///     });
/// ```
#[derive(Clone)]
pub struct App {
    pub(crate) router: Router,
    pub(crate) cron: Option<Handler<Cron>>,
    pub(crate) queue: Option<Handler<Message>>,
    pub(crate) streaming: bool,
}

impl App {
    /// An application of these routes and nothing else.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self {
            router,
            cron: None,
            queue: None,
            streaming: false,
        }
    }

    /// Handles events of a schedule. An error is told to the platform, which may repeat the event.
    #[must_use]
    pub fn on_cron<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Cron) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.cron = Some(Arc::new(move |cron| Box::pin(handler(cron))));
        self
    }

    /// Handles messages of a queue, one after another. A message whose handler fails is told to the queue by its identifier and
    /// comes again; the others of its batch are done.
    #[must_use]
    pub fn on_message<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Message) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.queue = Some(Arc::new(move |message| Box::pin(handler(message))));
        self
    }

    /// Lets answers go out while they are made. On Lambda this must fit the function URL's invoke mode `RESPONSE_STREAM`: a
    /// buffered one would show the frames of the stream to its caller. Elsewhere answers stream anyway. Off by default;
    /// `AWS_LWA_INVOKE_MODE=response_stream` switches it on as well.
    #[must_use]
    pub fn response_streaming(mut self, on: bool) -> Self {
        self.streaming = on;
        self
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("App")
            .field("router", &self.router)
            .field("on_cron", &self.cron.is_some())
            .field("on_message", &self.queue.is_some())
            .field("response_streaming", &self.streaming)
            .finish()
    }
}

/// What the program's entry function may return: an [`App`], a bare [`Router`], or either in a `Result`.
pub trait IntoApp {
    /// The application, or why it cannot start.
    ///
    /// # Errors
    /// The program's own error. The platform is told of it as a failed initialization.
    fn into_app(self) -> Result<App, BoxError>;
}

impl IntoApp for App {
    fn into_app(self) -> Result<App, BoxError> {
        Ok(self)
    }
}

impl IntoApp for Router {
    fn into_app(self) -> Result<App, BoxError> {
        Ok(App::new(self))
    }
}

impl<A: IntoApp, E: Into<BoxError>> IntoApp for Result<A, E> {
    fn into_app(self) -> Result<App, BoxError> {
        self.map_err(Into::into)?.into_app()
    }
}
