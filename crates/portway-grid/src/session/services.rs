//! Services, 7000 to 7003: functions of the program that embeds the grid.

use portway_ignite_protocol::{
    DecodeError, InvokeService, NodeId, Platform, RawValue, ServerError,
    ServiceArguments as Arguments, ServiceDescriptor,
};

use super::Context;
use super::answer::{Body, body, failed};
use super::functions::StartedCall;
use super::known_types::KnownTypes;
use super::reply::Refusal;
use crate::functions::{MethodError, Service, ServiceArguments, ServiceCall};

impl Context<'_> {
    /// The call goes on without the grid's lock, and is answered at its end.
    pub(super) fn invoke_service(&mut self, request: &InvokeService) -> Result<Body, Refusal> {
        let InvokeService {
            service, method, ..
        } = request;
        if service.is_empty() {
            return Err(failed("Service name can't be empty").into());
        }
        if method.is_empty() {
            return Err(failed("Method name can't be empty").into());
        }
        let found = self.service(service)?;
        if !self.offers_this_node(&request.nodes) {
            return Err(failed(format!("Failed to find deployed service: {service}")).into());
        }
        let call = ServiceCall::new(self.host.node, request.keep_binary, request.context.clone());
        let future = match &request.arguments {
            Arguments::Untyped(values) => {
                let types = None;
                self.begin_call(found, method, &ServiceArguments { values, types }, &call)
            }
            Arguments::Typed(arguments) => {
                let (types, values): (Vec<i32>, Vec<RawValue>) = arguments.iter().cloned().unzip();
                let (values, types) = (&values, Some(&types[..]));
                self.begin_call(found, method, &ServiceArguments { values, types }, &call)
            }
        };
        Err(Refusal::Calls(Box::new(future?)))
    }

    fn begin_call(
        &self,
        service: &Service,
        method: &str,
        arguments: &ServiceArguments<'_>,
        call: &ServiceCall,
    ) -> Result<StartedCall, ServerError> {
        let begun = service.call(method, arguments, call, &KnownTypes::of(self.engine));
        match begun {
            Ok(future) => Ok(StartedCall { future }),
            Err(MethodError::NotFound(message)) => Err(failed(message)),
            Err(MethodError::Argument(error)) => {
                tracing::debug!(service = service.name(), method, %error, "an argument does not fit");
                Err(failed(mismatch(&error)))
            }
        }
    }

    fn service(&self, name: &str) -> Result<&Service, ServerError> {
        let known = self.known_service(name);
        known.ok_or_else(|| failed(format!("Service not found: {name}")))
    }

    /// The service, unless somebody has ended it.
    fn known_service(&self, name: &str) -> Option<&Service> {
        let known = self.host.functions.service(name);
        known.filter(|_| !self.engine.has_ended_service(name))
    }

    pub(super) fn describe_service(&self, name: &str) -> Result<Body, ServerError> {
        let description = self.description(self.service(name)?);
        Ok(body(&description, self.dialect))
    }

    pub(super) fn describe_services(&self) -> Result<Body, ServerError> {
        let all = self.host.functions.services();
        let running = all.filter(|service| !self.engine.has_ended_service(service.name()));
        let descriptions: Vec<_> = running.map(|service| self.description(service)).collect();
        Ok(body(&descriptions, self.dialect))
    }

    fn description(&self, service: &Service) -> ServiceDescriptor {
        ServiceDescriptor {
            name: service.name().to_owned(),
            class: service.class().to_owned(),
            total_count: service.total_count(),
            per_node_count: 1,
            cache: None,
            origin: self.host.node,
            platform: Platform::Java,
        }
    }

    /// Nobody has a service that is not known: that is no error.
    pub(super) fn service_nodes(&self, name: &str) -> Result<Body, ServerError> {
        let known = self.known_service(name);
        let nodes: Vec<_> = known.map(|_| NodeId(self.host.node)).into_iter().collect();
        Ok(body(&nodes, self.dialect))
    }
}

/// What Java says of an argument that does not fit: of a null, nothing.
fn mismatch(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::UnexpectedNull { .. } => "",
        _ => "argument type mismatch",
    }
}
