//! Services: Java or .NET objects that live on the servers, and calls of their methods.

mod arguments;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portway_ignite_protocol::{
    Feature, InvokeService, NodeId, RawValue, ReadValue, Request, ServiceArguments,
    ServiceDescriptor, parameter_type_id,
};
use uuid::Uuid;

use crate::client::{Client, Encoder, Need, NeedOf, Operation, Route, TypesOf};
use crate::compute::milliseconds;
use crate::error::Error;

pub use arguments::CallArguments;

const INVOKE: Operation<'static> = Operation::write("call a service");
const CALLS: Need = Need {
    of: NeedOf::Feature(Feature::ServiceInvoke),
    what: "service calls",
};
const CONTEXT: Need = Need {
    of: NeedOf::Feature(Feature::ServiceCallContext),
    what: "attributes of service calls",
};
const TOPOLOGY: Need = Need {
    of: NeedOf::Feature(Feature::ServiceTopology),
    what: "the nodes of a service",
};
const DESCRIPTORS: Need = Need {
    of: NeedOf::Feature(Feature::ServiceDescriptors),
    what: "service descriptors",
};

/// A handle of a service that is deployed on the servers.
///
/// Calls go straight to a node that runs it, as far as the client knows these nodes and is connected
/// to one. Cloning a handle is cheap.
///
/// ```
/// # use portway_ignite::{Client, Error};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let rates = client.service("rates").call_context("tenant", "blue");
/// let euros: f64 = rates.invoke("convert", (100.0, "USD", "EUR")).await?;
/// let all: Vec<String> = rates.invoke("currencies", ()).await?;
/// # let _ = (euros, all);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Service {
    client: Client,
    name: Arc<str>,
    nodes: Vec<NodeId>,
    timeout: Option<Duration>,
    keep_binary: bool,
    context: Vec<(String, Attribute)>,
}

#[derive(Clone, Debug)]
enum Attribute {
    Text(String),
    Bytes(Vec<u8>),
}

impl Client {
    /// A handle of the service that was deployed under this name. Nothing is sent.
    #[must_use]
    pub fn service(&self, name: &str) -> Service {
        Service {
            client: self.clone(),
            name: name.into(),
            nodes: Vec::new(),
            timeout: None,
            keep_binary: false,
            context: Vec::new(),
        }
    }

    /// Describes all services. Operation 7001.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn service_descriptors(&self) -> Result<Vec<ServiceDescriptor>, Error> {
        let operation = Operation::read("service_descriptors").needing(Some(&DESCRIPTORS));
        self.ask(operation, |_| Request::ServiceDescriptors(()))
            .await
    }
}

impl Service {
    /// The name that the service was deployed under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets only these nodes run the calls, instead of all servers. None at all stands for all.
    #[must_use]
    pub fn on_nodes(mut self, nodes: impl IntoIterator<Item = Uuid>) -> Self {
        self.nodes = nodes.into_iter().map(NodeId).collect();
        self
    }

    /// Sets how long a server waits for the service to be deployed somewhere. Default: as long as
    /// the client waits for the call. How long a call may take is the client's
    /// [request time-out](crate::ClientConfiguration::request_timeout).
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Gives the service objects as `BinaryObject`s, so that the servers need not have their
    /// classes.
    #[must_use]
    pub fn keep_binary(mut self) -> Self {
        self.keep_binary = true;
        self
    }

    /// Adds an attribute to the calls, which the service finds in its `ServiceCallContext`.
    #[must_use]
    pub fn call_context(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = Attribute::Text(value.into());
        self.context.push((name.into(), value));
        self
    }

    /// Adds an attribute of bytes to the calls, which the service finds in its
    /// `ServiceCallContext` as a binary attribute.
    #[must_use]
    pub fn call_context_bytes(
        mut self,
        name: impl Into<String>,
        value: impl Into<Vec<u8>>,
    ) -> Self {
        let value = Attribute::Bytes(value.into());
        self.context.push((name.into(), value));
        self
    }

    /// Calls a method. Operation 7000.
    ///
    /// The server takes the only method with this name and number of parameters, or the only one
    /// whose parameters take these values. A result that can be null is an `Option`; that of a
    /// `void` method is `()`.
    ///
    /// # Errors
    /// [`Error::Server`] when there is no such service or method, and when the method throws;
    /// [`Error::Decode`] if the result is no `R`; [`Error::Unsupported`] by old nodes; and as every
    /// operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// If the future is dropped the method may run or not.
    pub async fn invoke<R: ReadValue>(
        &self,
        method: &str,
        arguments: impl CallArguments,
    ) -> Result<R, Error> {
        self.call(method, None, arguments).await
    }

    /// Calls the method with parameters of these Java types, of several with one name. Operation
    /// 7000.
    ///
    /// Types are named as [`parameter_type_id`] tells: `int`, `java.lang.String`, `long[]`.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    ///
    /// # Panics
    /// If there is not one type for each argument.
    ///
    /// # Cancel safety
    /// If the future is dropped the method may run or not.
    pub async fn invoke_typed<R: ReadValue>(
        &self,
        method: &str,
        parameter_types: &[&str],
        arguments: impl CallArguments,
    ) -> Result<R, Error> {
        self.call(method, Some(parameter_types), arguments).await
    }

    /// Describes the service. Operation 7002.
    ///
    /// # Errors
    /// [`Error::Server`] if there is no such service, [`Error::Unsupported`] by old nodes, and as
    /// every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn descriptor(&self) -> Result<ServiceDescriptor, Error> {
        let operation = Operation::read("service_descriptor").needing(Some(&DESCRIPTORS));
        let build = |_: &_| Request::ServiceDescriptor(self.name.to_string());
        self.client.ask(operation, build).await
    }

    /// The nodes that run the service. Operation 7003.
    ///
    /// # Errors
    /// [`Error::Unsupported`] by old nodes, and as every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn nodes(&self) -> Result<Vec<Uuid>, Error> {
        let operation = Operation::read("service_nodes").needing(Some(&TOPOLOGY));
        let build = |_: &_| Request::ServiceNodes(self.name.to_string());
        let nodes: Vec<NodeId> = self.client.ask(operation, build).await?;
        Ok(nodes.into_iter().map(|NodeId(node)| node).collect())
    }

    async fn call<R: ReadValue, A: CallArguments>(
        &self,
        method: &str,
        parameter_types: Option<&[&str]>,
        arguments: A,
    ) -> Result<R, Error> {
        let types = TypesOf::described_by(A::describe);
        let build = |encoder: &Encoder| {
            let values = arguments.values(encoder);
            Request::InvokeService(self.request(method, parameter_types, values, encoder))
        };
        let need = if self.context.is_empty() {
            &CALLS
        } else {
            &CONTEXT
        };
        let operation = self.routed(INVOKE.needing(Some(need)).with_types(&types));
        let result: RawValue = self.client.ask(operation, build).await?;
        let read = |schemas: &dyn portway_ignite_protocol::SchemaSource| result.read_with(schemas);
        self.client.decode(INVOKE.name(), read).await
    }

    fn request(
        &self,
        method: &str,
        parameter_types: Option<&[&str]>,
        values: Vec<RawValue>,
        encoder: &Encoder,
    ) -> InvokeService {
        let attribute = |(name, value): &(String, Attribute)| {
            let value = match value {
                Attribute::Text(text) => encoder.value(text),
                Attribute::Bytes(bytes) => encoder.value(bytes),
            };
            (name.clone(), value)
        };
        InvokeService {
            service: self.name.to_string(),
            keep_binary: self.keep_binary,
            timeout: milliseconds(self.timeout.unwrap_or(self.client.request_timeout())),
            nodes: self.nodes.clone(),
            method: method.to_owned(),
            arguments: with_types(values, parameter_types),
            context: self.context.iter().map(attribute).collect(),
        }
    }

    /// To a node that runs it, unless the caller chose nodes.
    fn routed<'t>(&self, operation: Operation<'t>) -> Operation<'t> {
        match self.nodes.as_slice() {
            [] => self.client.routed_to_service(operation, &self.name),
            [only] => operation.routed(Route::to_node(only.0)),
            _ => operation,
        }
    }
}

fn with_types(values: Vec<RawValue>, types: Option<&[&str]>) -> ServiceArguments {
    let Some(types) = types else {
        return ServiceArguments::Untyped(values);
    };
    assert_eq!(
        types.len(),
        values.len(),
        "a service call needs one type for each argument"
    );
    let ids = types.iter().map(|class| parameter_type_id(class));
    ServiceArguments::Typed(ids.zip(values).collect())
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The attributes are the callers' own and may be secret.
        formatter
            .debug_struct("Service")
            .field("name", &self.name)
            .field("nodes", &self.nodes)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
