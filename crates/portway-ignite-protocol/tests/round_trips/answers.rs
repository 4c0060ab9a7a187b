//! All kinds of answers.

use portway_ignite_protocol::{
    AffinityField, BinaryType, CacheConfiguration, CacheId, CachePartitions, ClusterState, Cursor,
    Dialect, Entry, EntryEvent, EventKind, InvokeOutcome, MappedCache, NodeAddressPartitions,
    NodeDetails, NodeEndpoint, NodeEndpoints, NodeId, NodeIds, NodePartitions, Page,
    PartitionGroup, ProductVersion, RawValue, ResourceId, Rows, SqlFieldsCursor, TopologyVersion,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::check;
use crate::requests::{binary_type, configuration, entry};
use crate::values::{any_raw, any_uuid};

/// An answer of any kind.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Nothing,
    Bool(bool),
    Number(i64),
    Value(RawValue),
    Entries(Vec<Entry>),
    Cursor(Cursor<Entry>),
    Rows(SqlFieldsCursor),
    Outcomes(Vec<InvokeOutcome>),
    Events(Vec<EntryEvent>),
    Names(Vec<String>),
    Configuration(Box<CacheConfiguration>),
    Type(Option<BinaryType>),
    State(ClusterState),
    Partitions(CachePartitions),
    OldPartitions(Vec<NodeAddressPartitions>),
    NodeIds(NodeIds),
    NodeDetails(Vec<NodeDetails>),
    Endpoints(NodeEndpoints),
}

impl Answer {
    pub(crate) fn check(&self, dialect: Dialect) {
        match self {
            Self::Nothing => check(&(), dialect),
            Self::Bool(answer) => check(answer, dialect),
            Self::Number(answer) => check(answer, dialect),
            Self::Value(answer) => check(answer, dialect),
            Self::Entries(answer) => check(answer, dialect),
            Self::Cursor(answer) => check(answer, dialect),
            Self::Rows(answer) => check(answer, dialect),
            Self::Outcomes(answer) => check(answer, dialect),
            Self::Events(answer) => check(answer, dialect),
            Self::Names(answer) => check(answer, dialect),
            Self::Configuration(answer) => check(&**answer, dialect),
            Self::Type(answer) => check(answer, dialect),
            Self::State(answer) => check(answer, dialect),
            Self::Partitions(answer) => check(answer, dialect),
            Self::OldPartitions(answer) => check(answer, dialect),
            Self::NodeIds(answer) => check(answer, dialect),
            Self::NodeDetails(answer) => check(answer, dialect),
            Self::Endpoints(answer) => check(answer, dialect),
        }
    }
}

pub(crate) fn any_answer() -> BoxedStrategy<Answer> {
    prop_oneof![data(), about_caches(), about_nodes()].boxed()
}

fn data() -> BoxedStrategy<Answer> {
    let event = (any_raw(), any_raw(), any_raw(), select(EventKind::ALL)).prop_map(
        |(key, old_value, value, kind)| EntryEvent {
            key,
            old_value,
            value,
            kind,
        },
    );
    let cursor =
        (any::<i64>(), vec(entry(), 0..4), any::<bool>()).prop_map(|(id, rows, has_more)| Cursor {
            id: ResourceId(id),
            page: Page { rows, has_more },
        });
    let result = prop_oneof![any_raw().prop_map(Ok), any::<String>().prop_map(Err)];
    let outcome = (any_raw(), result).prop_map(|(key, result)| InvokeOutcome { key, result });
    prop_oneof![
        Just(Answer::Nothing),
        any::<bool>().prop_map(Answer::Bool),
        any::<i64>().prop_map(Answer::Number),
        any_raw().prop_map(Answer::Value),
        vec(entry(), 0..4).prop_map(Answer::Entries),
        cursor.prop_map(Answer::Cursor),
        sql_fields_cursor().prop_map(Answer::Rows),
        vec(outcome, 0..4).prop_map(Answer::Outcomes),
        vec(event, 0..4).prop_map(Answer::Events),
    ]
    .boxed()
}

fn sql_fields_cursor() -> impl Strategy<Value = SqlFieldsCursor> {
    let parts = rows().prop_flat_map(|rows| {
        let names = vec(any::<String>(), rows.columns());
        (any::<i64>(), names, Just(rows))
    });
    parts.prop_map(|(id, columns, rows)| SqlFieldsCursor {
        id: ResourceId(id),
        columns,
        rows,
    })
}

pub(crate) fn rows() -> impl Strategy<Value = Rows> {
    let sizes = (1_usize..4, 0_usize..4);
    let parts = sizes.prop_flat_map(|(columns, count)| {
        let values = vec(any_raw(), columns * count);
        (Just(columns), values, any::<bool>())
    });
    parts.prop_map(|(columns, values, has_more)| Rows::new(columns, &values, has_more))
}

fn about_caches() -> BoxedStrategy<Answer> {
    let group = prop_oneof![
        vec(any::<i32>(), 0..4).prop_map(|caches| PartitionGroup::Unmapped {
            caches: caches.into_iter().map(CacheId).collect(),
        }),
        mapped_group(),
    ];
    let partitions =
        (any::<(i64, i32)>(), vec(group, 0..3)).prop_map(|((major, minor), groups)| {
            CachePartitions {
                topology: TopologyVersion { major, minor },
                groups,
            }
        });
    let old = any::<(i32, Vec<String>, Vec<i32>)>().prop_map(|(port, addresses, partitions)| {
        NodeAddressPartitions {
            port,
            addresses,
            partitions,
        }
    });
    prop_oneof![
        vec(any::<String>(), 0..4).prop_map(Answer::Names),
        configuration().prop_map(|answer| Answer::Configuration(Box::new(answer))),
        option::of(binary_type()).prop_map(Answer::Type),
        partitions.prop_map(Answer::Partitions),
        vec(old, 0..2).prop_map(Answer::OldPartitions),
    ]
    .boxed()
}

fn mapped_group() -> BoxedStrategy<PartitionGroup> {
    let cache = any::<(i32, Vec<(i32, i32)>)>().prop_map(|(id, key_types)| MappedCache {
        cache: CacheId(id),
        key_types: key_types
            .into_iter()
            .map(|(type_id, field_id)| AffinityField { type_id, field_id })
            .collect(),
    });
    let nodes = || {
        let node = (any_uuid(), vec(any::<i32>(), 0..5))
            .prop_map(|(node, partitions)| NodePartitions { node, partitions });
        vec(node, 0..3)
    };
    (vec(cache, 0..2), nodes(), nodes(), any::<bool>())
        .prop_map(
            |(caches, nodes, data_center_nodes, default_affinity)| PartitionGroup::Mapped {
                caches,
                nodes,
                data_center_nodes,
                default_affinity,
            },
        )
        .boxed()
}

fn about_nodes() -> BoxedStrategy<Answer> {
    let ids = || vec(any_uuid().prop_map(NodeId), 0..3);
    let node_ids = prop_oneof![
        Just(NodeIds::Unchanged),
        (any::<i64>(), ids()).prop_map(|(topology, nodes)| NodeIds::Changed { topology, nodes }),
    ];
    let endpoint = (any_uuid(), any::<i32>(), vec(any::<String>(), 0..3)).prop_map(
        |(node, port, addresses)| NodeEndpoint {
            node: NodeId(node),
            port,
            addresses,
        },
    );
    let endpoints =
        (any::<i64>(), vec(endpoint, 0..3), ids()).prop_map(|(topology, added, removed)| {
            NodeEndpoints {
                topology,
                added,
                removed,
            }
        });
    prop_oneof![
        select(ClusterState::ALL).prop_map(Answer::State),
        node_ids.prop_map(Answer::NodeIds),
        vec(node_details(), 0..3).prop_map(Answer::NodeDetails),
        endpoints.prop_map(Answer::Endpoints),
    ]
    .boxed()
}

fn node_details() -> BoxedStrategy<NodeDetails> {
    let version = any::<(u8, u8, u8, Option<String>, i64, Vec<u8>)>().prop_map(
        |(major, minor, maintenance, stage, revision_timestamp, revision_hash)| ProductVersion {
            major,
            minor,
            maintenance,
            stage,
            revision_timestamp,
            revision_hash,
        },
    );
    let attributes = vec((any::<String>(), any_raw()), 0..3);
    let lists = (any_raw(), any_raw(), any_raw());
    (
        any_uuid(),
        attributes,
        lists,
        any::<(i64, bool, bool, bool)>(),
        version,
    )
        .prop_map(
            |(
                id,
                attributes,
                (addresses, host_names, consistent_id),
                (order, local, daemon, client),
                version,
            )| {
                NodeDetails {
                    id,
                    attributes,
                    addresses,
                    host_names,
                    order,
                    local,
                    daemon,
                    client,
                    consistent_id,
                    version,
                }
            },
        )
        .boxed()
}
