//! Functions at work for a client, and what it is told of their end.

use std::time::Duration;

use portway_ignite_protocol::{Platform, RawValue, ResourceId, ServerError};

use super::Context;
use super::answer::{Body, body, failed, served};
use crate::engine::{Engine, EngineError, StopSignal};
use crate::functions::{Answered, FunctionFuture};

/// A task that runs from now on.
#[derive(Debug)]
pub(crate) struct StartedTask {
    pub(crate) id: ResourceId,
    pub(crate) future: FunctionFuture,
    pub(crate) stop: StopSignal,
    pub(crate) timeout: Option<Duration>,
    pub(crate) name: String,
}

/// A call of a service that runs from now on.
#[derive(Debug)]
pub(crate) struct StartedCall {
    pub(crate) future: FunctionFuture,
}

/// What came of a function.
pub(crate) type FunctionResult = Result<Answered, String>;

impl Context<'_> {
    /// The answer to a call that has ended.
    pub(super) fn called(&mut self, result: FunctionResult) -> Result<Body, ServerError> {
        let answered = result.map_err(failed)?;
        Ok(body(&told(self.engine, answered)?, self.dialect))
    }
}

/// What is to be told of a task that has ended.
pub(crate) fn task_result(engine: &mut Engine, result: FunctionResult) -> Result<RawValue, String> {
    told(engine, result?).map_err(|error| error.to_string())
}

/// What a function answered as clients are given it, once they can ask for its types.
fn told(engine: &mut Engine, answered: Answered) -> Result<RawValue, EngineError> {
    for binary_type in answered.types {
        let (id, name) = (binary_type.id, binary_type.name.clone());
        engine.put_binary_type(binary_type)?;
        if let Some(name) = name {
            engine.put_type_name(Platform::Java, id, &name)?;
        }
    }
    Ok(served(answered.value.as_bytes()))
}
