//! Code that the grid runs: tasks and services.

use std::time::Duration;

use portway_ignite_protocol::{ReadValue, ServiceDescriptor, WriteValue};
use uuid::Uuid;

use super::Blocking;
use super::methods::{ends, same, sets, waits};
use crate::error::Error;
use crate::service::CallArguments;

/// Runs tasks; see [`Compute`](crate::Compute).
pub type Compute = Blocking<crate::Compute>;
/// A task that was started; see [`RunningTask`](crate::RunningTask).
pub type RunningTask<R> = Blocking<crate::RunningTask<R>>;
/// Calls a service; see [`Service`](crate::Service).
pub type Service = Blocking<crate::Service>;

impl Compute {
    sets! { "Compute":
        on_nodes(nodes: impl IntoIterator<Item = Uuid>);
        timeout(limit: Duration);
        without_failover();
        without_result_cache();
        keep_binary();
    }

    waits! { "Compute":
        start[A: WriteValue + ?Sized, R: ReadValue](
            task: &str,
            argument: &A,
        ) => Result<RunningTask<R>, Error>;
        execute[R: ReadValue](
            task: &str,
            argument: &(impl WriteValue + ?Sized),
        ) -> Result<R, Error>;
    }
}

impl<R: ReadValue> RunningTask<R> {
    ends! { "RunningTask":
        result() -> Result<R, Error>;
    }
}

impl Service {
    same! { "Service":
        name() -> &str;
    }

    sets! { "Service":
        on_nodes(nodes: impl IntoIterator<Item = Uuid>);
        timeout(limit: Duration);
        keep_binary();
        call_context(name: impl Into<String>, value: impl Into<String>);
        call_context_bytes(name: impl Into<String>, value: impl Into<Vec<u8>>);
    }

    waits! { "Service":
        invoke[R: ReadValue](method: &str, arguments: impl CallArguments) -> Result<R, Error>;
        invoke_typed[R: ReadValue](
            method: &str,
            parameter_types: &[&str],
            arguments: impl CallArguments,
        ) -> Result<R, Error>;
        descriptor() -> Result<ServiceDescriptor, Error>;
        nodes() -> Result<Vec<Uuid>, Error>;
    }
}
