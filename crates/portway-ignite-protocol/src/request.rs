//! All requests as one type, so that client and server see the same list.

use crate::atomic_long::{AtomicLongName, CompareAndSetAtomicLong, CreateAtomicLong};
use crate::cache::{CacheHeader, CacheId};
use crate::cluster::{
    ChangeClusterState, ChangeWalState, NodeEndpointsRequest, NodeId, NodeIdsRequest,
};
use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::compute::ExecuteTask;
use crate::configuration::CreateCacheRequest;
use crate::key_value::KeyValueRequest;
use crate::metadata::{BinaryType, Platform};
use crate::operation::Operation;
use crate::partitions::CachePartitionsRequest;
use crate::query::{
    ContinuousQueryRequest, IndexQueryRequest, ScanRequest, SqlFieldsRequest, SqlRequest,
};
use crate::resource::ResourceId;
use crate::service::InvokeService;
use crate::set::{IterateSet, OpenSet, SetName, SetPageRequest, SetValue, SetValues};
use crate::streamer::{StreamerDataRequest, StreamerStartRequest};
use crate::transaction::{EndTransaction, StartTransaction};

/// What can be sent as a request.
pub trait RequestBody {
    /// The operation's code.
    fn operation(&self) -> Operation;

    /// Appends what follows the header of a request.
    fn encode_body(&self, writer: &mut Writer);
}

impl RequestBody for Request {
    fn operation(&self) -> Operation {
        Self::operation(self)
    }

    fn encode_body(&self, writer: &mut Writer) {
        Self::encode_body(self, writer);
    }
}

/// Declares the requests, each with its body.
macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($body:ty),)+) => {
        /// What a client asks for. The last sentence says what the response carries.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Request {
            /// An operation on the entries of a cache. The action says what is answered.
            KeyValue(KeyValueRequest),
            $($(#[$doc])* $name($body),)+
        }

        impl Request {
            /// The operation's code.
            pub fn operation(&self) -> Operation {
                match self {
                    Self::KeyValue(request) => request.action.operation(),
                    $(Self::$name(_) => Operation::$name,)+
                }
            }

            pub(crate) fn encode_body(&self, writer: &mut Writer) {
                match self {
                    Self::KeyValue(request) => request.encode(writer),
                    $(Self::$name(body) => body.encode(writer),)+
                }
            }

            /// `None` for an operation that is no request, or that has no layout here yet.
            pub(crate) fn decode_body(
                operation: Operation,
                reader: &mut Reader<'_>,
            ) -> Result<Option<Self>, DecodeError> {
                Ok(Some(match operation {
                    $(Operation::$name => Self::$name(Layout::decode(reader)?),)+
                    operation if operation.is_key_value() => {
                        return Ok(KeyValueRequest::decode(operation, reader)?.map(Self::KeyValue));
                    }
                    _ => return Ok(None),
                }))
            }
        }
    };
}

requests! {
    /// Closes a cursor or a continuous query. Answers `()`.
    ResourceClose(ResourceId),
    /// Shows that the client is alive. Answers `()`.
    Heartbeat(()),
    /// Asks after how many milliseconds a silent connection is closed. Answers an `i64`, 0 for
    /// never.
    IdleTimeout(()),
    /// Lists the caches. Answers a `Vec<String>`.
    CacheNames(()),
    /// Creates a cache. Answers `()`.
    CreateCacheWithName(String),
    /// Creates a cache unless it is there. Answers `()`.
    GetOrCreateCacheWithName(String),
    /// Creates a cache. Answers `()`.
    CreateCache(CreateCacheRequest),
    /// Creates a cache unless it is there. Answers `()`.
    GetOrCreateCache(CreateCacheRequest),
    /// Reads a cache's configuration. Answers a
    /// [`CacheConfiguration`](crate::CacheConfiguration).
    CacheConfiguration(CacheHeader),
    /// Removes a cache. Answers `()`.
    DestroyCache(CacheId),
    /// Which node holds which partition of a cache. Answers a `Vec` of
    /// [`NodeAddressPartitions`](crate::NodeAddressPartitions).
    CacheNodePartitions(CacheHeader),
    /// Which node holds which partition. Answers [`CachePartitions`](crate::CachePartitions).
    CachePartitions(CachePartitionsRequest),
    /// Walks over the entries of a cache. Answers a [`Cursor`](crate::Cursor) of
    /// [`Entry`](crate::Entry).
    Scan(ScanRequest),
    /// Goes on with a scan. Answers a [`Page`](crate::Page) of [`Entry`](crate::Entry).
    ScanPage(ResourceId),
    /// Looks for entries in the older form of SQL. Answers a [`Cursor`](crate::Cursor) of
    /// [`Entry`](crate::Entry).
    Sql(SqlRequest),
    /// Goes on with a query in the older form of SQL. Answers a [`Page`](crate::Page) of
    /// [`Entry`](crate::Entry).
    SqlPage(ResourceId),
    /// Runs an SQL statement. Answers a [`SqlFieldsCursor`](crate::SqlFieldsCursor) if it asks for
    /// the columns' names.
    SqlFields(SqlFieldsRequest),
    /// Goes on with an SQL statement. Answers [`Rows`](crate::Rows), which are read with the number
    /// of columns in hand.
    SqlFieldsPage(ResourceId),
    /// Looks for entries by an index. Answers a [`Cursor`](crate::Cursor) of
    /// [`Entry`](crate::Entry).
    IndexQuery(IndexQueryRequest),
    /// Goes on with an index query. Answers a [`Page`](crate::Page) of [`Entry`](crate::Entry).
    IndexQueryPage(ResourceId),
    /// Notifies of changes of a cache. Answers a [`ResourceId`]; notifications carry a `Vec` of
    /// [`EntryEvent`](crate::EntryEvent).
    ContinuousQuery(ContinuousQueryRequest),
    /// Reads the name of a type's class. Answers a `String`.
    TypeName((Platform, i32)),
    /// Registers the name of a type's class. Answers whether it was taken over.
    PutTypeName((Platform, (i32, String))),
    /// Reads a type's metadata. Answers an `Option` of [`BinaryType`].
    BinaryType(i32),
    /// Registers a type's metadata, which is merged with what is known. Answers `()`.
    PutBinaryType(BinaryType),
    /// Reads how the cluster writes binary objects. Answers a
    /// [`BinaryConfiguration`](crate::BinaryConfiguration).
    BinaryConfiguration(()),
    /// Starts a transaction. Answers its number, an `i32`.
    StartTransaction(StartTransaction),
    /// Ends a transaction. Answers `()`.
    EndTransaction(EndTransaction),
    /// Reads the cluster's state. Answers a [`ClusterState`](crate::ClusterState).
    ClusterState(()),
    /// Changes the cluster's state. Answers `()`.
    ChangeClusterState(ChangeClusterState),
    /// Switches the write-ahead log of a cache. Answers whether it changed.
    ChangeWalState(ChangeWalState),
    /// Asks for the write-ahead log of a cache. Answers whether it is on.
    WalState(String),
    /// The nodes of a group. Answers [`NodeIds`](crate::NodeIds).
    NodeIds(NodeIdsRequest),
    /// Details of nodes. Answers a `Vec` of [`NodeDetails`](crate::NodeDetails).
    NodeDetails(Vec<NodeId>),
    /// How clients reach the nodes. Answers [`NodeEndpoints`](crate::NodeEndpoints).
    NodeEndpoints(NodeEndpointsRequest),
    /// The server nodes of a data centre, named by its id. Answers a `Vec` of [`NodeId`].
    DataCenterNodes(String),
    /// Runs a compute task. Answers a [`ResourceId`]; one notification carries the result, a
    /// [`RawValue`](crate::RawValue).
    ExecuteTask(ExecuteTask),
    /// Calls a method of a service. Answers its result, a [`RawValue`](crate::RawValue).
    InvokeService(InvokeService),
    /// Lists the services. Answers a `Vec` of [`ServiceDescriptor`](crate::ServiceDescriptor).
    ServiceDescriptors(()),
    /// Describes the service of this name. Answers a
    /// [`ServiceDescriptor`](crate::ServiceDescriptor).
    ServiceDescriptor(String),
    /// The nodes that run the service of this name. Answers a `Vec` of [`NodeId`].
    ServiceNodes(String),
    /// Starts a data streamer. Answers its [`ResourceId`], 0 if it is closed already.
    StreamerStart(StreamerStartRequest),
    /// Gives a data streamer more entries. Answers `()`.
    StreamerData(StreamerDataRequest),
    /// Makes an atomic number unless it is there. Answers `()`.
    CreateAtomicLong(CreateAtomicLong),
    /// Removes an atomic number. Answers `()`.
    RemoveAtomicLong(AtomicLongName),
    /// Looks for an atomic number. Answers whether it is there.
    AtomicLongExists(AtomicLongName),
    /// Reads an atomic number. Answers an `i64`.
    AtomicLongValue(AtomicLongName),
    /// Adds to an atomic number. Answers the sum, an `i64`.
    AddToAtomicLong((AtomicLongName, i64)),
    /// Sets an atomic number. Answers what it was, an `i64`.
    SetAtomicLong((AtomicLongName, i64)),
    /// Sets an atomic number if it equals another. Answers whether it did.
    CompareAndSetAtomicLong(CompareAndSetAtomicLong),
    /// Sets an atomic number if it equals another. Answers what it was, an `i64`.
    CompareAndSetAndGetAtomicLong(CompareAndSetAtomicLong),
    /// Looks for a set, and makes it if it is told how. Answers an `Option` of
    /// [`OpenedSet`](crate::OpenedSet).
    OpenSet(OpenSet),
    /// Removes a set with all that is in it. Answers `()`.
    CloseSet(SetName),
    /// Looks for a set. Answers whether it is there.
    SetExists(SetName),
    /// Adds a value. Answers whether the set did not have it.
    AddToSet(SetValue),
    /// Adds values. Answers whether the set changed.
    AddAllToSet(SetValues),
    /// Removes a value. Answers whether the set had it.
    RemoveFromSet(SetValue),
    /// Removes values. Answers whether the set changed.
    RemoveAllFromSet(SetValues),
    /// Looks for a value. Answers whether the set has it.
    SetContains(SetValue),
    /// Looks for values. Answers whether the set has all.
    SetContainsAll(SetValues),
    /// Removes all values but these. Answers whether the set changed.
    RetainInSet(SetValues),
    /// Counts the values. Answers an `i32`.
    SetSize(SetName),
    /// Removes all values. Answers `()`.
    ClearSet(SetName),
    /// Walks over the values. Answers a [`FirstSetPage`](crate::FirstSetPage).
    IterateSet(IterateSet),
    /// Goes on with a walk. Answers a [`Page`](crate::Page) of [`RawValue`](crate::RawValue).
    SetPage(SetPageRequest),
}
