//! Which function carries out a request.

use portway_ignite_protocol::{Request, ServerError, Status};

use super::Context;
use super::answer::{Body, body, failed};
use super::reply::Refusal;
use crate::engine::{IfExists, SetChange};

impl Context<'_> {
    /// Carries out a request.
    pub(super) fn execute(&mut self, request: Request) -> Result<Body, Refusal> {
        self.check_state(&request)?;
        let answered = match request {
            Request::KeyValue(request) => return self.key_value(request),
            Request::StartTransaction(options) => return self.start_transaction(options),
            Request::EndTransaction(request) => return self.end_transaction(request),
            Request::ChangeClusterState(request) => return self.change_cluster_state(request),
            Request::Sql(request) => return self.sql_entries(&request),
            Request::SqlFields(request) => return self.sql_fields(&request),
            Request::InvokeService(request) => return self.invoke_service(&request),
            Request::SqlPage(id) | Request::SqlFieldsPage(id) => self.sql_page(id),
            Request::StreamerStart(request) => return self.start_streamer(&request),
            Request::StreamerData(request) => return self.add_to_streamer(&request),
            Request::ResourceClose(id) => {
                self.engine.close_resource(self.connection, id)?;
                self.done()
            }
            Request::Heartbeat(()) => self.done(),
            Request::IdleTimeout(()) => Ok(body(&self.idle_timeout(), self.dialect)),
            Request::CacheNames(()) => self.cache_names(),
            Request::CreateCacheWithName(name) => self.create_by_name(name, IfExists::Fail),
            Request::GetOrCreateCacheWithName(name) => self.create_by_name(name, IfExists::Keep),
            Request::CreateCache(request) => self.create(&request.configuration, IfExists::Fail),
            Request::GetOrCreateCache(request) => {
                self.create(&request.configuration, IfExists::Keep)
            }
            Request::CacheConfiguration(header) => self.configuration(header.cache),
            Request::DestroyCache(cache) => self.destroy(cache),
            Request::CacheNodePartitions(header) => self.node_partitions(header.cache),
            Request::CachePartitions(request) => self.partitions(&request),
            Request::Scan(request) => self.scan(&request),
            Request::ScanPage(id) | Request::IndexQueryPage(id) => self.scan_page(id),
            Request::IndexQuery(request) => return self.index_query(&request),
            Request::ContinuousQuery(request) => self.continuous_query(&request),
            Request::TypeName((platform, type_id)) => self.type_name(platform, type_id),
            Request::PutTypeName((platform, (type_id, name))) => {
                self.put_type_name(platform, type_id, &name)
            }
            Request::BinaryType(type_id) => self.binary_type(type_id),
            Request::PutBinaryType(offered) => self.put_binary_type(offered),
            Request::BinaryConfiguration(()) => self.binary_configuration(),
            Request::ClusterState(()) => self.cluster_state(),
            Request::ChangeWalState(request) => self.change_wal_state(&request),
            Request::WalState(cache) => self.wal_state(&cache),
            Request::NodeIds(request) => self.node_ids(&request),
            Request::NodeDetails(nodes) => self.node_details(&nodes),
            Request::NodeEndpoints(request) => self.node_endpoints(request),
            Request::ExecuteTask(request) => self.execute_task(&request),
            Request::ServiceDescriptor(name) => self.describe_service(&name),
            Request::ServiceDescriptors(()) => self.describe_services(),
            Request::ServiceNodes(name) => self.service_nodes(&name),
            of_structure => self.execute_on_structure(of_structure),
        };
        Ok(answered?)
    }

    /// The operations of atomic numbers and sets.
    fn execute_on_structure(&mut self, request: Request) -> Result<Body, ServerError> {
        match request {
            Request::CreateAtomicLong(request) => self.create_atomic_long(&request),
            Request::RemoveAtomicLong(number) => self.remove_atomic_long(&number),
            Request::AtomicLongExists(number) => self.atomic_long_exists(&number),
            Request::AtomicLongValue(number) => self.atomic_long(&number),
            Request::AddToAtomicLong((number, term)) => self.add_to_atomic_long(&number, term),
            Request::SetAtomicLong((number, value)) => self.set_atomic_long(&number, value),
            Request::CompareAndSetAtomicLong(request) => self.compare_and_set(&request),
            Request::CompareAndSetAndGetAtomicLong(request) => self.compare_and_exchange(&request),
            Request::OpenSet(request) => self.open_set(&request),
            Request::CloseSet(set) => self.close_set(&set),
            Request::SetExists(set) => self.set_exists(&set),
            Request::SetSize(set) => self.set_size(&set),
            Request::ClearSet(set) => self.clear_set(&set),
            Request::AddToSet(request) => self.change_set(&request.into(), SetChange::Add),
            Request::AddAllToSet(request) => self.change_set(&request, SetChange::Add),
            Request::RemoveFromSet(request) => self.change_set(&request.into(), SetChange::Remove),
            Request::RemoveAllFromSet(request) => self.change_set(&request, SetChange::Remove),
            Request::RetainInSet(request) => self.change_set(&request, SetChange::Retain),
            Request::SetContains(request) => self.set_contains(&request.into()),
            Request::SetContainsAll(request) => self.set_contains(&request),
            Request::IterateSet(request) => self.iterate_set(&request),
            Request::SetPage(request) => self.set_page(request),
            other => Err(not_served(other.operation().code())),
        }
    }
}

/// Ends what a node does before it starts.
const STOP_WARM_UP: i16 = 10_000;

/// What a real node says to an operation code that it does not know.
pub(super) fn not_served(operation: i16) -> ServerError {
    if operation == STOP_WARM_UP {
        return failed("Node has already started.");
    }
    let message = format!("Invalid request op code: {operation}");
    ServerError::new(Status::INVALID_OPERATION, message)
}
