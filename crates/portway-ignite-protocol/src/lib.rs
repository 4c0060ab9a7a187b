//! The Apache Ignite thin client protocol, without sockets: one codec for clients and servers.
//!
//! Bytes go in, messages come out, and the other way round. Each byte layout is written once and
//! serves both sides. Nothing here opens a socket, reads a clock or prints.
//!
//! - [`split_frame`] cuts received bytes into messages; the `encode_` functions and `to_frame`
//!   methods make frames.
//! - [`HandshakeRequest`] and [`HandshakeResponse`] open a connection and decide the [`Dialect`].
//! - [`Request`] lists what can be asked, [`Incoming`] is what comes back, [`decode_body`] reads
//!   the answer as the type that the request's documentation names.
//! - [`WriteValue`] and [`ReadValue`] turn Rust types into keys and values, [`Value`] holds any of
//!   them, [`RawValue`] holds their bytes.
//!
//! ```
//! use portway_ignite_protocol::{
//!     CacheHeader, CacheId, Dialect, IncomingRequest, KeyValueAction, KeyValueRequest, RawValue,
//!     Request, encode_request, split_frame,
//! };
//!
//! let key = RawValue::encode("name", Default::default());
//! let header = CacheHeader::new(CacheId::of("people"));
//! let request = Request::KeyValue(KeyValueRequest { header, action: KeyValueAction::Get { key } });
//!
//! let frame = encode_request(&request, 7, Dialect::default())?;
//!
//! let payload = split_frame(&mut frame.into(), 1024)?.expect("the frame is whole");
//! let received = IncomingRequest::from_payload(&payload, Dialect::default())?;
//! assert_eq!(received.request, Some(request));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod affinity;
mod atomic_long;
mod binary;
#[cfg(feature = "serde")]
mod bridge;
mod cache;
mod cluster;
mod codec;
mod compute;
mod configuration;
mod feature;
mod frame;
mod handshake;
pub mod java;
mod key_value;
mod message;
mod metadata;
mod operation;
mod partitions;
mod query;
mod registry;
mod request;
mod resource;
mod service;
mod set;
mod status;
mod streamer;
mod transaction;
mod typed;
mod value;
mod version;

pub use affinity::{affinity_value, key_hash, partition, partition_of_hash};
pub use atomic_long::{
    AtomicConfiguration, AtomicLongName, CompareAndSetAtomicLong, CreateAtomicLong,
};
pub use binary::{
    BinaryObject, BinaryObjectBuilder, ObjectField, ObjectFlags, ObjectHeader, ObjectReader,
    ObjectShape, ObjectWriter, field_ids,
};
#[cfg(feature = "serde")]
pub use bridge::{Serde, from_value, serde_types, to_value};
pub use cache::{CacheHeader, CacheId, ExpiryDuration, ExpiryPolicy};
pub use cluster::{
    ChangeClusterState, ChangeWalState, ClusterState, NodeDetails, NodeEndpoint, NodeEndpoints,
    NodeEndpointsRequest, NodeId, NodeIds, NodeIdsRequest, ProductVersion, Projection,
};
pub use codec::{
    DecodeError, EncodeError, Layout, MAX_DEPTH, MAX_REPEATED_BYTES, MAX_VALUES, Reader, Writer,
    WriterNotes,
};
pub use compute::{ExecuteTask, TaskFlags};
pub use configuration::{
    AtomicityMode, CacheConfiguration, CacheMode, CreateCacheRequest, IndexField, IndexKind,
    KeyConfiguration, PartitionLossPolicy, QueryEntity, QueryField, QueryIndex, RebalanceMode,
    StoragePaths, WriteSync,
};
pub use feature::{Feature, Features};
pub use frame::{DEFAULT_FRAME_LIMIT, FrameTooLong, HANDSHAKE_FRAME_LIMIT, split_frame};
pub use handshake::{Credentials, HandshakeRequest, HandshakeResponse};
pub use key_value::{
    ConflictEntry, ConflictRemoval, Entry, EntryProcessor, EntryVersion, InPlaceRequest,
    InvokeOutcome, KeyValueAction, KeyValueRequest, PeekMode,
};
pub use message::{
    Incoming, IncomingRequest, NotificationHeader, RequestHeader, ResponseHeader, TopologyVersion,
    decode_body, decode_value, encode_error, encode_failed_notification, encode_notification,
    encode_request, encode_response, set_request_id, write_request,
};
pub use metadata::{
    BinaryConfiguration, BinaryField, BinarySchema, BinaryType, NameMapper, Platform, TypeConflict,
};
pub use operation::Operation;
pub use partitions::{
    AffinityField, CachePartitions, CachePartitionsRequest, MappedCache, NodeAddressPartitions,
    NodePartitions, PartitionGroup,
};
pub use query::{
    CodePlatform, ContinuousQueryRequest, Cursor, EntryEvent, EventKind, IndexCriterion,
    IndexQueryRequest, IndexRange, Page, QueryTimeout, RemoteFilter, Rows, ScanRequest,
    SqlFieldsCursor, SqlFieldsRequest, SqlRequest, StatementKind,
};
pub use registry::{FieldList, NoSchemas, SchemaSource, TypeRegistry};
pub use request::{Request, RequestBody};
pub use resource::ResourceId;
pub use service::{InvokeService, ServiceArguments, ServiceDescriptor, parameter_type_id};
pub use set::{
    FirstSetPage, IterateSet, OpenSet, OpenedSet, SetConfiguration, SetName, SetPageRequest,
    SetValue, SetValues,
};
pub use status::{ServerError, Status};
pub use streamer::{
    EntryBatch, EntryBatchWriter, StreamReceiver, StreamerDataRequest, StreamerFlags,
    StreamerStartRequest,
};
pub use transaction::{Concurrency, EndTransaction, Isolation, StartTransaction};
pub use typed::{AsArray, AsList, IgniteEnum, IgniteObject, ReadValue, WriteValue};
pub use value::{
    CollectionKind, Date, Decimal, MapKind, ParseDecimalError, RawValue, Time, Timestamp,
    TypeReference, Value, tag,
};
pub use version::{Dialect, Version};
