//! Cache configurations with all that they can say.

use portway_ignite::{
    AtomicityMode, CacheConfiguration, CacheMode, Client, Error, ExpiryDuration, ExpiryPolicy,
    IndexField, IndexKind, KeyConfiguration, PartitionLossPolicy, QueryEntity, QueryField,
    QueryIndex, RawValue, RebalanceMode, StoragePaths, WriteSync,
};

pub(crate) async fn every_property_comes_back(client: Client) {
    let name = format!("configured-{}", uuid::Uuid::new_v4());
    let mut wanted = CacheConfiguration::new(&name);
    wanted.mode = CacheMode::Partitioned;
    wanted.backups = 1;
    wanted.atomicity = AtomicityMode::Transactional;
    wanted.write_sync = WriteSync::FullSync;
    wanted.copy_on_read = false;
    wanted.read_from_backup = false;
    wanted.data_region = Some("default".to_owned());
    wanted.on_heap = true;
    wanted.query_parallelism = 2;
    wanted.query_detail_metrics_size = 7;
    wanted.sql_schema = Some("SOMEWHERE".to_owned());
    wanted.sql_index_inline_size = 33;
    wanted.sql_escape_all = true;
    wanted.max_query_iterators = 77;
    wanted.rebalance_mode = RebalanceMode::Sync;
    wanted.rebalance_delay = 1;
    wanted.rebalance_timeout = 20_000;
    wanted.rebalance_batch_size = 1024 * 1024;
    wanted.rebalance_batches_prefetch = 5;
    wanted.rebalance_order = 2;
    wanted.rebalance_throttle = 3;
    wanted.group = Some(format!("group-{name}"));
    wanted.default_lock_timeout = 4_000;
    wanted.max_concurrent_operations = 55;
    wanted.partition_loss_policy = PartitionLossPolicy::ReadWriteSafe;
    wanted.eager_ttl = false;
    wanted.statistics = true;
    wanted.expiry = Some(ExpiryPolicy {
        create: ExpiryDuration::Milliseconds(60_000),
        update: ExpiryDuration::Unchanged,
        access: ExpiryDuration::Eternal,
    });
    wanted.key_configuration = vec![KeyConfiguration {
        type_name: "example.Key".to_owned(),
        affinity_key_field: Some("owner".to_owned()),
    }];
    wanted.query_entities = vec![entity()];
    client
        .create_cache::<i32, i32>(wanted.clone())
        .await
        .unwrap();

    let mut stored = client.cache_configuration(&name).await.unwrap();

    // The server gives each field an alias, and the fields their own order.
    stored.query_entities[0].aliases.clear();
    stored.query_entities[0]
        .fields
        .sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(stored, wanted);
    client.destroy_cache(&name).await.unwrap();
}

fn entity() -> QueryEntity {
    let mut name = QueryField::new("name", "java.lang.String");
    name.not_null = true;
    name.precision = 40;
    name.default_value = RawValue::encode("nobody", Default::default());
    let mut price = QueryField::new("price", "java.math.BigDecimal");
    (price.precision, price.scale) = (10, 2);
    let mut id = QueryField::new("id", "java.lang.Integer");
    id.is_key = true;
    QueryEntity {
        key_type: Some("example.Key".to_owned()),
        value_type: Some("example.Article".to_owned()),
        table: Some("ARTICLE".to_owned()),
        fields: vec![id, name, price],
        indexes: vec![QueryIndex {
            name: Some("BY_NAME".to_owned()),
            kind: IndexKind::Sorted,
            inline_size: 20,
            fields: vec![IndexField {
                name: "name".to_owned(),
                descending: true,
            }],
        }],
        ..QueryEntity::default()
    }
}

pub(crate) async fn what_a_node_does_not_know_is_refused_here(client: Client) {
    let name = format!("newer-{}", uuid::Uuid::new_v4());
    let mut stored_elsewhere = CacheConfiguration::new(&name);
    stored_elsewhere.storage_paths = StoragePaths::from_iter(["/nowhere"]);
    let made = client.create_cache::<i32, i32>(stored_elsewhere).await;
    // A node of 2.18 knows storage paths, and that it was told of none.
    let error = made.unwrap_err();
    let expected = matches!(error, Error::Unsupported { .. } | Error::Server { .. });
    assert!(expected, "{error}");
}
