//! What the worker does about what happened.

use std::sync::Arc;

use portway_ignite_protocol::{BinaryType, CachePartitions, Feature, NodeEndpoints, NodeId};
use tokio::time::Instant;

use crate::address::Address;
use crate::connection::Connection;
use crate::error::Error;

use super::board::Hint;
use super::members::{Dial, Verdict};
use super::questions::NoAnswer;
use super::seek::Sought;
use super::tasks::{self, Event};
use super::worker::Worker;

impl Worker {
    pub(super) fn happened(&mut self, event: Event, now: Instant) {
        match event {
            Event::Sought(sought) => self.sought(sought, now),
            Event::Dialed(dial, result) => self.dialed(&dial, result, now),
            Event::Topology(serial) => self.told(serial),
            Event::Ended(serial, error) => self.ended(serial, error, now),
            Event::Partitions(answer) => self.mapped(answer, now),
            Event::Endpoints(answer) => self.discovered(answer, now),
            Event::Found(answer) => self.found(answer, now),
            Event::DataCenter(answer) => self.located(answer),
            Event::Service(name, answer) => self.service_told(&name, answer, now),
            Event::Type(answer) => self.type_told(answer),
        }
    }

    pub(super) fn hinted(&mut self, hint: Hint, now: Instant) {
        match hint {
            Hint::Cache(cache) => self.questions.want(cache),
            Hint::Type(type_id) => self.ask_type(type_id, now),
            Hint::Service(name) => self.ask_service(name, now),
            // The loop takes it before.
            Hint::Close(_) => {}
        }
    }

    /// The topology has another major version: nodes came or went.
    pub(super) fn nodes_changed(&mut self) {
        let now = Instant::now();
        for name in self.services.names() {
            self.ask_service(name, now);
        }
        let configuration = self.configuration.clone();
        if !self.can_discover() {
            self.tasks
                .spawn(tasks::find_addresses(configuration.clone()));
        }
        let informed = self
            .informed()
            .filter(|node| tasks::knows(node, Feature::DataCenterAware));
        if let (Some(connection), Some(id)) = (informed, configuration.topology.data_center.clone())
        {
            self.tasks
                .spawn(tasks::ask_data_center(connection, configuration, id));
        }
    }

    fn sought(&mut self, sought: Sought, now: Instant) {
        self.seeking.is_running = false;
        self.seeking.next = sought.next;
        match sought.result {
            // Another attempt was faster: one connection is enough for now.
            Ok(_) if !self.live.is_empty() => {}
            Ok(connection) => self.adopt(connection, now),
            Err(error) if self.live.is_empty() => self.gone(error),
            Err(_) => {}
        }
    }

    fn dialed(&mut self, dial: &Dial, result: Result<Connection, Error>, now: Instant) {
        match result {
            Ok(connection) => {
                let opened = self.opened(&connection);
                if self.members.dialed(dial, &opened, now) == Verdict::Keep {
                    self.keep(opened.serial, connection, now);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "another node of the grid is away");
                self.members.failed(dial, now);
            }
        }
    }

    fn told(&mut self, serial: u64) {
        let Some(live) = self.live.get_mut(&serial) else {
            return;
        };
        let version = *live.connection.topology().borrow();
        live.version = version;
        self.tasks
            .spawn(tasks::watch(live.connection.clone(), serial, version));
        self.saw(version);
    }

    fn mapped(&mut self, answer: Result<CachePartitions, Error>, now: Instant) {
        match answer {
            Ok(partitions) => {
                let major = partitions.topology.major;
                tracing::debug!(
                    major,
                    minor = partitions.topology.minor,
                    "partitions are known"
                );
                self.changed |= self.questions.answered(partitions);
            }
            Err(error) => {
                tracing::debug!(%error, "partitions are not known");
                let reason = match error.is_connection_error() {
                    true => NoAnswer::Lost,
                    false => NoAnswer::Refused,
                };
                self.questions.failed(reason, now);
            }
        }
    }

    fn discovered(&mut self, answer: Result<NodeEndpoints, Error>, now: Instant) {
        match answer {
            Ok(endpoints) => {
                let nodes = self.discovery.answered(endpoints);
                tracing::debug!(nodes = nodes.len(), "the grid told of its nodes");
                if !nodes.is_empty() {
                    self.members.discovered(&nodes, now);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the grid did not tell of its nodes");
                self.discovery.failed(now);
            }
        }
    }

    fn found(&mut self, answer: Result<Vec<Address>, Error>, now: Instant) {
        match answer {
            Ok(addresses) => self.members.named(&addresses, now),
            Err(error) => tracing::warn!(%error, "no addresses of nodes were found"),
        }
    }

    fn located(&mut self, answer: Result<Vec<NodeId>, Error>) {
        match answer {
            Ok(nodes) => {
                self.near = nodes.into_iter().map(|node| node.0).collect();
                self.changed = true;
            }
            Err(error) => tracing::debug!(%error, "the nodes of the data centre are not known"),
        }
    }

    fn service_told(&mut self, name: &Arc<str>, answer: Result<Vec<NodeId>, Error>, now: Instant) {
        let nodes = answer.map(|nodes| nodes.into_iter().map(|node| node.0).collect());
        self.services.answered(name, nodes.ok(), now);
        self.changed = true;
    }

    fn type_told(&mut self, answer: Result<Option<BinaryType>, Error>) {
        if let Ok(Some(binary_type)) = answer {
            self.schemas.add(binary_type);
        }
    }

    fn ask_type(&mut self, type_id: i32, now: Instant) {
        let Some(connection) = self.informed() else {
            return;
        };
        if self.types.ask(type_id, now) {
            let configuration = self.configuration.clone();
            self.tasks
                .spawn(tasks::ask_type(connection, configuration, type_id));
        }
    }

    fn ask_service(&mut self, name: Arc<str>, now: Instant) {
        let Some(connection) = self.informed() else {
            return;
        };
        let major = self.questions.newest().map_or(0, |newest| newest.major);
        let can_tell = tasks::knows(&connection, Feature::ServiceTopology);
        if can_tell && self.services.want(&name, major, now) {
            self.tasks.spawn(tasks::ask_service(
                connection,
                self.configuration.clone(),
                name,
            ));
        }
    }
}
