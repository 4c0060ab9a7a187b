//! All requests.

use portway_ignite_protocol::{
    AtomicityMode, BinaryField, BinarySchema, BinaryType, CacheConfiguration, CacheHeader, CacheId,
    CacheMode, CachePartitionsRequest, ChangeClusterState, ChangeWalState, ClusterState,
    ConflictEntry, ConflictRemoval, CreateCacheRequest, Entry, EntryBatch, EntryBatchWriter,
    EntryProcessor, ExpiryDuration, ExpiryPolicy, IndexField, IndexKind, KeyConfiguration,
    KeyValueAction, KeyValueRequest, NodeEndpointsRequest, NodeId, NodeIdsRequest,
    PartitionLossPolicy, PeekMode, Platform, Projection, QueryEntity, QueryField, QueryIndex,
    Request, ResourceId, StoragePaths, StreamReceiver, StreamerDataRequest, StreamerFlags,
    StreamerStartRequest, WriteSync,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::queries::queries;
use crate::values::{any_raw, any_uuid};

pub(crate) fn any_request() -> BoxedStrategy<Request> {
    prop_oneof![
        4 => (header(), action())
            .prop_map(|(header, action)| Request::KeyValue(KeyValueRequest { header, action })),
        1 => plain(),
        2 => caches(),
        1 => queries(),
        1 => types(),
        1 => cluster(),
        2 => crate::remote::any_request(),
        1 => streamer(),
    ]
    .boxed()
}

fn plain() -> BoxedStrategy<Request> {
    prop_oneof![
        any::<i64>().prop_map(|id| Request::ResourceClose(ResourceId(id))),
        any::<i64>().prop_map(|id| Request::ScanPage(ResourceId(id))),
        any::<i64>().prop_map(|id| Request::SqlPage(ResourceId(id))),
        any::<i64>().prop_map(|id| Request::SqlFieldsPage(ResourceId(id))),
        any::<i64>().prop_map(|id| Request::IndexQueryPage(ResourceId(id))),
        Just(Request::Heartbeat(())),
        Just(Request::IdleTimeout(())),
        Just(Request::CacheNames(())),
        Just(Request::BinaryConfiguration(())),
        Just(Request::ClusterState(())),
    ]
    .boxed()
}

fn action() -> BoxedStrategy<KeyValueAction> {
    prop_oneof![
        one_key(),
        several_keys(),
        key_and_value(),
        without_key(),
        invoke()
    ]
    .boxed()
}

fn invoke() -> BoxedStrategy<KeyValueAction> {
    let processor =
        (any_raw(), any::<u8>(), vec(any_raw(), 0..3)).prop_map(|(object, platform, arguments)| {
            EntryProcessor {
                object,
                platform,
                arguments,
            }
        });
    prop_oneof![
        (any_raw(), processor.clone())
            .prop_map(|(key, processor)| KeyValueAction::Invoke { key, processor }),
        (vec(any_raw(), 0..4), processor)
            .prop_map(|(keys, processor)| KeyValueAction::InvokeAll { keys, processor }),
    ]
    .boxed()
}

fn one_key() -> BoxedStrategy<KeyValueAction> {
    let to_action = select(
        &[
            |key| KeyValueAction::Get { key },
            |key| KeyValueAction::GetAndRemove { key },
            |key| KeyValueAction::ContainsKey { key },
            |key| KeyValueAction::ClearKey { key },
            |key| KeyValueAction::RemoveKey { key },
            |key| KeyValueAction::LocalPeek { key },
        ][..],
    );
    (any_raw(), to_action)
        .prop_map(|(key, to_action)| to_action(key))
        .boxed()
}

fn several_keys() -> BoxedStrategy<KeyValueAction> {
    let to_action = select(
        &[
            |keys| KeyValueAction::GetAll { keys },
            |keys| KeyValueAction::ContainsKeys { keys },
            |keys| KeyValueAction::ClearKeys { keys },
            |keys| KeyValueAction::RemoveKeys { keys },
        ][..],
    );
    (vec(any_raw(), 0..4), to_action)
        .prop_map(|(keys, to_action)| to_action(keys))
        .boxed()
}

fn key_and_value() -> BoxedStrategy<KeyValueAction> {
    let to_action = select(
        &[
            |key, value, _| KeyValueAction::Put { key, value },
            |key, value, _| KeyValueAction::PutIfAbsent { key, value },
            |key, value, _| KeyValueAction::GetAndPut { key, value },
            |key, value, _| KeyValueAction::GetAndReplace { key, value },
            |key, value, _| KeyValueAction::GetAndPutIfAbsent { key, value },
            |key, value, _| KeyValueAction::Replace { key, value },
            |key, value, expected| KeyValueAction::ReplaceIfEquals {
                key,
                expected,
                value,
            },
            |key, _, expected| KeyValueAction::RemoveIfEquals { key, expected },
        ][..],
    );
    (any_raw(), any_raw(), any_raw(), to_action)
        .prop_map(|(key, value, expected, to_action)| to_action(key, value, expected))
        .boxed()
}

fn without_key() -> BoxedStrategy<KeyValueAction> {
    let conflict = (any_raw(), any_raw(), any_raw(), any::<i64>()).prop_map(
        |(key, value, version, expire_time)| ConflictEntry {
            key,
            value,
            version,
            expire_time,
        },
    );
    let removal =
        (any_raw(), any_raw()).prop_map(|(key, version)| ConflictRemoval { key, version });
    prop_oneof![
        Just(KeyValueAction::Clear),
        Just(KeyValueAction::RemoveAll),
        vec(select(PeekMode::ALL), 0..3).prop_map(|modes| KeyValueAction::Size { modes }),
        vec(entry(), 0..4).prop_map(|entries| KeyValueAction::PutAll { entries }),
        vec(removal, 0..4).prop_map(|entries| KeyValueAction::RemoveAllConflict { entries }),
        vec(conflict, 0..3).prop_map(|entries| KeyValueAction::PutAllConflict { entries }),
    ]
    .boxed()
}

pub(crate) fn entry() -> BoxedStrategy<Entry> {
    (any_raw(), any_raw())
        .prop_map(|(key, value)| Entry { key, value })
        .boxed()
}

pub(crate) fn header() -> BoxedStrategy<CacheHeader> {
    (
        any::<i32>(),
        any::<bool>(),
        option::of(expiry()),
        any::<Option<i32>>(),
    )
        .prop_map(|(cache, keep_binary, expiry, transaction)| {
            let mut header = CacheHeader::new(CacheId(cache));
            header.keep_binary = keep_binary;
            header.expiry = expiry;
            header.transaction = transaction;
            header
        })
        .boxed()
}

fn expiry() -> impl Strategy<Value = ExpiryPolicy> {
    let duration = prop_oneof![
        Just(ExpiryDuration::Unchanged),
        Just(ExpiryDuration::Eternal),
        (0..u64::MAX / 2).prop_map(ExpiryDuration::Milliseconds),
    ];
    (duration.clone(), duration.clone(), duration).prop_map(|(create, update, access)| {
        ExpiryPolicy {
            create,
            update,
            access,
        }
    })
}

fn caches() -> BoxedStrategy<Request> {
    let create = (any::<bool>(), configuration())
        .prop_map(|(as_sql, configuration)| CreateCacheRequest {
            as_sql,
            configuration,
        })
        .boxed();
    let partitions = (
        any::<bool>(),
        vec(any::<i32>(), 0..4),
        any::<Option<String>>(),
    )
        .prop_map(
            |(custom_mappings, caches, data_center)| CachePartitionsRequest {
                custom_mappings,
                caches: caches.into_iter().map(CacheId).collect(),
                data_center,
            },
        );
    prop_oneof![
        create.clone().prop_map(Request::CreateCache),
        create.prop_map(Request::GetOrCreateCache),
        any::<String>().prop_map(Request::CreateCacheWithName),
        any::<String>().prop_map(Request::GetOrCreateCacheWithName),
        any::<i32>().prop_map(|id| Request::DestroyCache(CacheId(id))),
        header().prop_map(Request::CacheConfiguration),
        header().prop_map(Request::CacheNodePartitions),
        partitions.prop_map(Request::CachePartitions),
    ]
    .boxed()
}

pub(crate) fn configuration() -> BoxedStrategy<CacheConfiguration> {
    let modes = (
        select(CacheMode::ALL),
        select(AtomicityMode::ALL),
        select(WriteSync::ALL),
        select(PartitionLossPolicy::ALL),
    );
    let numbers = (
        any::<i32>(),
        any::<i64>(),
        any::<bool>(),
        option::of(expiry()),
    );
    (
        any::<String>(),
        any::<Option<String>>(),
        modes,
        numbers,
        vec(entity(), 0..3),
    )
        .prop_map(|(name, text, modes, numbers, query_entities)| {
            let mut configuration = CacheConfiguration::new(name);
            (
                configuration.mode,
                configuration.atomicity,
                configuration.write_sync,
                configuration.partition_loss_policy,
            ) = modes;
            (
                configuration.backups,
                configuration.rebalance_delay,
                configuration.statistics,
                configuration.expiry,
            ) = numbers;
            configuration.key_configuration = text
                .iter()
                .map(|text| KeyConfiguration {
                    type_name: text.clone(),
                    affinity_key_field: Some(text.clone()),
                })
                .collect();
            configuration.sql_schema.clone_from(&text);
            configuration.index_path.clone_from(&text);
            configuration.storage_paths = StoragePaths::from_iter(text.clone());
            configuration.group = text;
            configuration.query_entities = query_entities;
            configuration
        })
        .boxed()
}

fn entity() -> BoxedStrategy<QueryEntity> {
    let text = any::<Option<String>>;
    let texts = (text(), text(), text(), text(), text());
    let alias = (any::<String>(), any::<String>());
    (
        texts,
        vec(field(), 0..3),
        vec(alias, 0..3),
        vec(index(), 0..3),
    )
        .prop_map(
            |((key_type, value_type, table, key_field, value_field), fields, aliases, indexes)| {
                QueryEntity {
                    key_type,
                    value_type,
                    table,
                    key_field,
                    value_field,
                    fields,
                    aliases,
                    indexes,
                }
            },
        )
        .boxed()
}

fn field() -> impl Strategy<Value = QueryField> {
    (
        any::<String>(),
        any::<(bool, bool)>(),
        any_raw(),
        any::<(i32, i32)>(),
    )
        .prop_map(
            |(name, (is_key, not_null), default_value, (precision, scale))| QueryField {
                is_key,
                not_null,
                default_value,
                precision,
                scale,
                ..QueryField::new(name, "java.lang.String")
            },
        )
}

fn index() -> impl Strategy<Value = QueryIndex> {
    let fields = vec((any::<String>(), any::<bool>()), 0..3).prop_map(|fields| {
        fields
            .into_iter()
            .map(|(name, descending)| IndexField { name, descending })
            .collect()
    });
    (
        any::<Option<String>>(),
        select(IndexKind::ALL),
        any::<i32>(),
        fields,
    )
        .prop_map(|(name, kind, inline_size, fields)| QueryIndex {
            name,
            kind,
            inline_size,
            fields,
        })
}

fn types() -> BoxedStrategy<Request> {
    let platform = select(Platform::ALL);
    prop_oneof![
        (platform.clone(), any::<i32>()).prop_map(Request::TypeName),
        (platform, any::<(i32, String)>()).prop_map(Request::PutTypeName),
        any::<i32>().prop_map(Request::BinaryType),
        binary_type().prop_map(Request::PutBinaryType),
    ]
    .boxed()
}

pub(crate) fn binary_type() -> BoxedStrategy<BinaryType> {
    let fields = vec(any::<(String, i32, i32)>(), 0..4).prop_map(|fields| {
        let field = |(name, type_code, id)| BinaryField {
            name,
            type_code,
            id,
        };
        fields.into_iter().map(field).collect()
    });
    let schemas = vec((any::<i32>(), vec(any::<i32>(), 0..4)), 0..3).prop_map(|schemas| {
        schemas
            .into_iter()
            .map(|(id, field_ids)| BinarySchema { id, field_ids })
            .collect()
    });
    let members = option::of(vec(any::<(String, i32)>(), 0..3));
    let names = any::<(Option<String>, Option<String>)>();
    (any::<i32>(), names, fields, members, schemas)
        .prop_map(
            |(id, (name, affinity_key), fields, members, schemas)| BinaryType {
                id,
                name,
                affinity_key,
                fields,
                members,
                schemas,
            },
        )
        .boxed()
}

fn cluster() -> BoxedStrategy<Request> {
    let change = (select(ClusterState::ALL), any::<bool>())
        .prop_map(|(state, force)| ChangeClusterState { state, force });
    let wal =
        any::<(String, bool)>().prop_map(|(cache, enabled)| ChangeWalState { cache, enabled });
    let projection = prop_oneof![
        any::<bool>().prop_map(Projection::ServerNodes),
        (any::<String>(), any_raw())
            .prop_map(|(name, value)| Projection::Attribute { name, value }),
    ];
    let node_ids =
        (any::<i64>(), vec(projection, 0..3)).prop_map(|(known_topology, projection)| {
            NodeIdsRequest {
                known_topology,
                projection,
            }
        });
    let endpoints =
        any::<(i64, i64)>().prop_map(|(from_topology, to_topology)| NodeEndpointsRequest {
            from_topology,
            to_topology,
        });
    prop_oneof![
        change.prop_map(Request::ChangeClusterState),
        wal.prop_map(Request::ChangeWalState),
        any::<String>().prop_map(Request::WalState),
        node_ids.prop_map(Request::NodeIds),
        vec(any_uuid().prop_map(NodeId), 0..3).prop_map(Request::NodeDetails),
        endpoints.prop_map(Request::NodeEndpoints),
        any::<String>().prop_map(Request::DataCenterNodes),
    ]
    .boxed()
}

fn streamer() -> BoxedStrategy<Request> {
    let start = (
        any::<(i32, i32, i32)>(),
        streamer_flags(),
        receiver(),
        batch(),
    )
        .prop_map(
            |((cache, per_node_buffer, per_thread_buffer), flags, receiver, entries)| {
                Request::StreamerStart(StreamerStartRequest {
                    cache: CacheId(cache),
                    flags,
                    per_node_buffer,
                    per_thread_buffer,
                    receiver,
                    entries,
                })
            },
        );
    let data = (any::<i64>(), streamer_flags(), batch()).prop_map(|(id, flags, entries)| {
        Request::StreamerData(StreamerDataRequest {
            streamer: ResourceId(id),
            flags,
            entries,
        })
    });
    prop_oneof![start, data].boxed()
}

fn streamer_flags() -> impl Strategy<Value = StreamerFlags> {
    let all = vec![
        StreamerFlags::ALLOW_OVERWRITE,
        StreamerFlags::SKIP_STORE,
        StreamerFlags::KEEP_BINARY,
        StreamerFlags::FLUSH,
        StreamerFlags::CLOSE,
    ];
    prop::sample::subsequence(all.clone(), 0..=all.len()).prop_map(|flags| {
        flags
            .into_iter()
            .fold(StreamerFlags::NONE, StreamerFlags::with)
    })
}

fn receiver() -> impl Strategy<Value = Option<StreamReceiver>> {
    let receiver = (any_raw(), any::<u8>())
        .prop_filter("null is no receiver", |(object, _)| !object.is_null())
        .prop_map(|(object, platform)| StreamReceiver { object, platform });
    option::of(receiver)
}

fn batch() -> impl Strategy<Value = EntryBatch> {
    vec((any_raw(), option::of(any_raw())), 0..4).prop_map(|entries| {
        let mut writer = EntryBatchWriter::new(Default::default());
        for (key, value) in &entries {
            match value {
                Some(value) => writer.put(key, value),
                None => writer.remove(key),
            }
        }
        writer.take()
    })
}
