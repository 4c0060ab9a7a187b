//! The pages of a cursor on the server, each asked for while the one before is read.

use bytes::Bytes;
use portway_ignite_protocol::{Dialect, Request, ResourceId};
use tokio::time::timeout;

use crate::client::{Answer, Client};
use crate::connection::{Connection, Leaves, Resource, Submitted};
use crate::error::Error;

/// How the next page of a kind of cursor is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextPage {
    pub(crate) name: &'static str,
    pub(crate) request: fn(ResourceId) -> Request,
}

/// The pages that are still on the server. Dropping it closes the cursor there.
#[derive(Debug)]
pub(crate) struct Pages {
    client: Client,
    connection: Connection,
    next: NextPage,
    /// The cursor on the server; `None` once its last page is here.
    resource: Option<Resource>,
    /// A page on its way.
    submitted: Option<Submitted>,
}

impl Pages {
    /// The pages behind the first one, which is `opened`.
    pub(crate) fn behind(opened: Answer, client: &Client, next: NextPage) -> Self {
        Self {
            client: client.clone(),
            connection: opened.connection().clone(),
            next,
            resource: opened.reply.into_opened().resource,
            submitted: None,
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.connection.agreement().dialect
    }

    pub(crate) fn are_left(&self) -> bool {
        self.resource.is_some()
    }

    /// Notes that the server has closed the cursor, as it does with the last page.
    pub(crate) fn end(&mut self) {
        self.submitted = None;
        if let Some(resource) = self.resource.take() {
            resource.released();
        }
    }

    /// Closes the cursor on the server.
    pub(crate) fn close(&mut self) {
        self.submitted = None;
        self.resource = None;
    }

    /// Asks for the next page, unless it was asked for already, there is none, or it would have to
    /// wait for other requests: nobody needs it yet.
    ///
    /// Why it cannot be asked for is told when the page is needed.
    pub(crate) fn ask_ahead(&mut self) {
        if self.submitted.is_none() && self.are_left() {
            self.submitted = self.connection.try_submit(self.next.name, &self.request());
        }
    }

    /// The body of the next page. Cancel safe.
    pub(crate) async fn receive(&mut self) -> Result<Bytes, Error> {
        let limit = self.client.request_timeout();
        let operation = self.next.name;
        let received = timeout(limit, self.wait()).await;
        let body = received.map_err(|_| {
            self.connection.doubt();
            Error::TimedOut { operation, limit }
        })??;
        self.submitted = None;
        Ok(body)
    }

    pub(crate) fn decode_error(&self, source: portway_ignite_protocol::DecodeError) -> Error {
        Error::Decode {
            operation: self.next.name,
            source,
        }
    }

    async fn wait(&mut self) -> Result<Bytes, Error> {
        let submitted = match self.submitted.take() {
            Some(submitted) => submitted,
            None => self.submit().await?,
        };
        // It is kept while it is waited for, so that a dropped future loses no page.
        Ok(self.submitted.insert(submitted).wait().await?.body)
    }

    async fn submit(&self) -> Result<Submitted, Error> {
        self.connection
            .submit(self.next.name, &self.request(), Leaves::Nothing)
            .await
    }

    /// A cursor that is closed has no page: the server says so.
    fn request(&self) -> Request {
        let id = self.resource.as_ref().map_or(0, Resource::id);
        (self.next.request)(ResourceId(id))
    }
}
