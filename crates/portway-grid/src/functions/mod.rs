//! Functions of the program that embeds a grid, run on behalf of clients.

mod answer;
mod parameters;
mod processor;
mod service;
mod task;

pub use parameters::Parameters;
pub use processor::ProcessedEntry;
pub use service::{Service, ServiceCall};
pub use task::{SNAPSHOT_TASK, TaskCall};

pub(crate) use answer::{Answered, FunctionFuture};
pub(crate) use processor::EntryProcessorFunction;
pub(crate) use service::{MethodError, ServiceArguments};
pub(crate) use task::{TaskFunction, task_function};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::java;

/// The functions of a grid by the names that clients call them by.
#[derive(Clone, Default)]
pub(crate) struct Functions {
    /// By the type id of the class that a client sends.
    entry_processors: BTreeMap<i32, (String, Arc<EntryProcessorFunction>)>,
    tasks: BTreeMap<String, Arc<TaskFunction>>,
    services: BTreeMap<String, Service>,
}

impl Functions {
    pub(crate) fn add_entry_processor(
        &mut self,
        class: &str,
        function: Arc<EntryProcessorFunction>,
    ) {
        let named = (class.to_owned(), function);
        self.entry_processors.insert(java::type_id(class), named);
    }

    pub(crate) fn entry_processor(&self, type_id: i32) -> Option<&EntryProcessorFunction> {
        let (_, function) = self.entry_processors.get(&type_id)?;
        Some(&**function)
    }

    pub(crate) fn add_task(&mut self, name: &str, function: Arc<TaskFunction>) {
        self.tasks.insert(name.to_owned(), function);
    }

    pub(crate) fn task(&self, name: &str) -> Option<&TaskFunction> {
        self.tasks.get(name).map(|function| &**function)
    }

    pub(crate) fn add_service(&mut self, service: Service) {
        self.services.insert(service.name().to_owned(), service);
    }

    pub(crate) fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)
    }

    /// All services in the order of their names.
    pub(crate) fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }
}

/// Names the functions.
impl fmt::Debug for Functions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.entry_processors.values().map(|(class, _)| class);
        let services = self.services.keys();
        formatter
            .debug_set()
            .entries(classes.chain(self.tasks.keys()).chain(services))
            .finish()
    }
}
