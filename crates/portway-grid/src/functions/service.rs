//! Services: named groups of methods.

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{
    DecodeError, RawValue, SchemaSource, WriteValue, java, parameter_type_id,
};
use uuid::Uuid;

use super::answer::{Answered, FunctionFuture};
use super::parameters::Parameters;
use super::parameters::sealed::Numbers;

/// A service: Rust functions that clients call as the methods of one.
///
/// Functions are found by name and number of arguments, several of one name also by which of them
/// can read the arguments. Where clients say which parameters they mean, as the Java thin client's
/// proxies do, a method that [names its parameters](Service::typed_method) must have these.
///
/// ```
/// use portway_grid::{GridConfiguration, Service};
///
/// let rates = Service::new("rates", "org.example.Rates")
///     .method("double", |_, (amount,): (i64,)| async move { Ok(amount * 2) })
///     .method("tenant", |call, ()| async move { Ok(call.attribute("tenant")) });
/// let configuration = GridConfiguration::in_memory().service(rates);
/// # drop(configuration);
/// ```
#[derive(Clone)]
pub struct Service {
    name: String,
    class: String,
    total_count: i32,
    methods: Vec<Method>,
}

#[derive(Clone)]
struct Method {
    name: String,
    parameters: usize,
    /// The ids of the types of its parameters in Java, where it names them.
    types: Option<Vec<i32>>,
    function: Arc<MethodFunction>,
}

/// Begins a call, if it can read the arguments.
type MethodFunction = dyn Fn(ServiceCall, &[RawValue], Numbers, &dyn SchemaSource) -> Result<FunctionFuture, DecodeError>
    + Send
    + Sync;

/// What a method is told beside its arguments.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServiceCall {
    /// The grid's node, on which the service is: there is no other.
    pub node: Uuid,
    /// Whether the client wants objects to be given and answered in binary form. They always are.
    pub keep_binary: bool,
    attributes: Arc<[(String, RawValue)]>,
}

/// Arguments with the ids of their types in Java, where the client says which parameters it means.
#[derive(Debug)]
pub(crate) struct ServiceArguments<'a> {
    pub(crate) values: &'a [RawValue],
    pub(crate) types: Option<&'a [i32]>,
}

/// Why no method was called.
#[derive(Debug)]
pub(crate) enum MethodError {
    /// As Ignite tells it.
    NotFound(String),
    /// The argument does not fit.
    Argument(DecodeError),
}

impl Service {
    /// A service under the name that clients call it by, of the class of Java that its description
    /// shows. One instance of it counts as deployed for the whole cluster.
    #[must_use]
    pub fn new(name: impl Into<String>, class: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            class: class.into(),
            total_count: 1,
            methods: Vec::new(),
        }
    }

    /// Describes the service as deployed on each node.
    #[must_use]
    pub fn on_each_node(self) -> Self {
        Self {
            total_count: 0,
            ..self
        }
    }

    /// Adds a method. What it answers with `Err` is told to the client, with status 1.
    ///
    /// It is a task of the runtime that serves the client, and is dropped with the client's
    /// connection; what takes the processor for long belongs on a thread of its own
    /// (`tokio::task::spawn_blocking`). A panic is answered as a failure.
    #[must_use]
    pub fn method<P, R, F>(
        self,
        name: &str,
        function: impl Fn(ServiceCall, P) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: Parameters,
        R: WriteValue,
        F: Future<Output = Result<R, String>> + Send + 'static,
    {
        self.with_method(name, None, function)
    }

    /// Adds a method with parameters of these types of Java, to tell it from others of its name.
    ///
    /// Types are named as [`parameter_type_id`] tells: `int`, `java.lang.String`, `long[]`.
    ///
    /// # Panics
    /// If there is not one type for each parameter.
    #[must_use]
    pub fn typed_method<P, R, F>(
        self,
        name: &str,
        types: &[&str],
        function: impl Fn(ServiceCall, P) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: Parameters,
        R: WriteValue,
        F: Future<Output = Result<R, String>> + Send + 'static,
    {
        assert_eq!(
            types.len(),
            P::COUNT,
            "a method needs one type for each parameter"
        );
        let types = types.iter().map(|class| parameter_type_id(class)).collect();
        self.with_method(name, Some(types), function)
    }

    fn with_method<P, R, F>(
        mut self,
        name: &str,
        types: Option<Vec<i32>>,
        function: impl Fn(ServiceCall, P) -> F + Send + Sync + 'static,
    ) -> Self
    where
        P: Parameters,
        R: WriteValue,
        F: Future<Output = Result<R, String>> + Send + 'static,
    {
        self.methods.push(Method {
            name: name.to_owned(),
            parameters: P::COUNT,
            types,
            function: method_function(function),
        });
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn class(&self) -> &str {
        &self.class
    }

    pub(crate) fn total_count(&self) -> i32 {
        self.total_count
    }

    /// Begins the call of the method that the arguments choose.
    pub(crate) fn call(
        &self,
        method: &str,
        arguments: &ServiceArguments<'_>,
        call: &ServiceCall,
        schemas: &dyn SchemaSource,
    ) -> Result<FunctionFuture, MethodError> {
        let candidates = self.candidates(method, arguments);
        if let [only] = candidates[..] {
            let begun = only.begin(call, arguments, Numbers::Widened, schemas);
            return begun.map_err(MethodError::Argument);
        }
        let begin = |candidate: &&Method| {
            let begun = candidate.begin(call, arguments, Numbers::Exact, schemas);
            begun.ok()
        };
        let mut begun: Vec<_> = candidates.iter().filter_map(begin).collect();
        match (begun.pop(), begun.len()) {
            (Some(only), 0) => Ok(only),
            (None, _) if method == "toString" && arguments.values.is_empty() => Ok(self.shown()),
            (None, _) => Err(self.not_found(method, arguments)),
            (Some(_), _) => Err(MethodError::NotFound(format!(
                "Ambiguous proxy method '{method}' in class class {}",
                self.class
            ))),
        }
    }

    /// The methods that name and number of arguments allow, and the types where they are told.
    fn candidates(&self, method: &str, arguments: &ServiceArguments<'_>) -> Vec<&Method> {
        let named = self.methods.iter().filter(|candidate| {
            candidate.name == method && candidate.parameters == arguments.values.len()
        });
        let Some(types) = arguments.types else {
            return named.collect();
        };
        let (typed, untyped): (Vec<_>, Vec<_>) =
            named.partition(|candidate| candidate.types.is_some());
        let exact = typed
            .into_iter()
            .find(|candidate| candidate.types.as_deref() == Some(types));
        exact.map_or(untyped, |exact| vec![exact])
    }

    /// What a proxy of Java says of itself.
    fn shown(&self) -> FunctionFuture {
        let text = format!("GridServiceProxy [name={}, sticky=false]", self.name);
        FunctionFuture::new(async move { Answered::new(&text) })
    }

    fn not_found(&self, method: &str, arguments: &ServiceArguments<'_>) -> MethodError {
        let class = &self.class;
        MethodError::NotFound(match arguments.types {
            None => format!("Could not find proxy method '{method}' in class class {class}"),
            Some(types) => format!(
                "Method not found: MethodDescriptor [cls=class {class}, methodName={method}, \
                 hash={}, paramTypeIds={types:?}]",
                descriptor_hash(class, method, types)
            ),
        })
    }
}

impl Method {
    fn begin(
        &self,
        call: &ServiceCall,
        arguments: &ServiceArguments<'_>,
        numbers: Numbers,
        schemas: &dyn SchemaSource,
    ) -> Result<FunctionFuture, DecodeError> {
        (self.function)(call.clone(), arguments.values, numbers, schemas)
    }
}

/// As Ignite makes it, of the name of the class in the place of what Java numbers the class with.
fn descriptor_hash(class: &str, method: &str, types: &[i32]) -> i32 {
    let combine = |hash: i32, next: i32| hash.wrapping_mul(31).wrapping_add(next);
    let of_types = types.iter().fold(1, |hash, next| combine(hash, *next));
    let of_names = combine(java::string_hash(class), java::string_hash(method));
    combine(of_names, of_types)
}

/// Hides the types of a method.
fn method_function<P, R, F>(
    function: impl Fn(ServiceCall, P) -> F + Send + Sync + 'static,
) -> Arc<MethodFunction>
where
    P: Parameters,
    R: WriteValue,
    F: Future<Output = Result<R, String>> + Send + 'static,
{
    let function = Arc::new(function);
    Arc::new(move |call, arguments, numbers, schemas| {
        let arguments = P::read(arguments, numbers, schemas)?;
        let function = Arc::clone(&function);
        // The function itself begins in the task too: nobody waits for it, and its panics are its own.
        Ok(FunctionFuture::new(async move {
            let running = function(call, arguments);
            Answered::new(&running.await?)
        }))
    })
}

impl ServiceCall {
    pub(crate) fn new(node: Uuid, keep_binary: bool, attributes: Vec<(String, RawValue)>) -> Self {
        Self {
            node,
            keep_binary,
            attributes: attributes.into(),
        }
    }

    /// What the caller sent along as a text under this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.find(name)?.read().ok()
    }

    /// What the caller sent along as bytes under this name.
    #[must_use]
    pub fn binary_attribute(&self, name: &str) -> Option<Vec<u8>> {
        self.find(name)?.read().ok()
    }

    fn find(&self, name: &str) -> Option<&RawValue> {
        let named = self.attributes.iter().find(|(known, _)| known == name);
        named.map(|(_, value)| value)
    }
}

/// Names the attributes alone: they are the caller's own and may be secret.
impl fmt::Debug for ServiceCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.attributes.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("ServiceCall")
            .field("node", &self.node)
            .field("attributes", &names)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods: Vec<_> = self.methods.iter().map(|method| &method.name).collect();
        formatter
            .debug_struct("Service")
            .field("name", &self.name)
            .field("class", &self.class)
            .field("methods", &methods)
            .finish_non_exhaustive()
    }
}
