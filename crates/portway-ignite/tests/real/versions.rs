//! The real node, spoken to as older nodes are.

use std::env;

use portway_ignite::protocol::Version;
use portway_ignite::{
    Cache, CacheConfiguration, Client, ClientConfiguration, Error, ExpiryDuration, ExpiryPolicy,
    IndexQuery, QueryEntity, QueryField, ScanQuery, SqlQuery,
};

use crate::suite::destroy_after_test;
use crate::suite::sql::fresh_table;

const VERSIONS: [i16; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

async fn client_of(minor: i16) -> Client {
    let addresses = env::var("PORTWAY_TEST_IGNITE").unwrap_or_default();
    let version = Version {
        minor,
        ..Version::LATEST
    };
    let configuration = ClientConfiguration::new(addresses.split(',')).highest_version(version);
    Client::connect(configuration).await.unwrap()
}

fn configuration(name: &str) -> CacheConfiguration {
    let mut configuration = CacheConfiguration::new(name);
    let mut field = QueryField::new("name", "java.lang.String");
    (field.precision, field.scale) = (40, -1);
    configuration.query_entities = vec![QueryEntity {
        key_type: Some("java.lang.Integer".to_owned()),
        value_type: Some("example.Named".to_owned()),
        fields: vec![field],
        ..QueryEntity::default()
    }];
    configuration
}

pub(crate) async fn every_version_reads_and_writes(_: Client) {
    for minor in VERSIONS {
        let client = client_of(minor).await;
        let name = format!("version-{minor}-{}", uuid::Uuid::new_v4());
        let cache: Cache<i32, String> = client.create_cache(configuration(&name)).await.unwrap();
        cache.put(&1, &"one".to_owned()).await.unwrap();
        assert_eq!(cache.get(&1).await.unwrap().as_deref(), Some("one"));
        let cursor = cache.scan(ScanQuery::new()).await.unwrap();
        let entries: Vec<(i32, String)> = cursor.collect().await.unwrap();
        assert_eq!(entries, [(1, "one".to_owned())]);
        let stored = client.cache_configuration(&name).await.unwrap();
        let precision = stored.query_entities[0].fields[0].precision;
        assert_eq!(precision, if minor >= 2 { 40 } else { -1 }, "1.{minor}");
        let missing = client.cache::<i32, i32>("none").get(&1).await;
        assert!(matches!(missing, Err(Error::Server { .. })), "1.{minor}");
        client.destroy_cache(&name).await.unwrap();
    }
}

pub(crate) async fn every_version_asks_with_sql(client: Client) {
    let table = fresh_table(&client, "id INT PRIMARY KEY, name VARCHAR").await;
    for minor in VERSIONS {
        let client = client_of(minor).await;
        let merge = format!("MERGE INTO {table} (id, name) VALUES (?, ?)");
        let merge = SqlQuery::new(merge).arguments((i32::from(minor), "some"));
        assert_eq!(client.execute(merge).await.unwrap(), 1, "1.{minor}");
        let select = format!("SELECT COUNT(*) FROM {table}");
        let rows = client.sql(select).await.unwrap();
        let count: Vec<(i64,)> = rows.collect_as().await.unwrap();
        assert_eq!(count, [(i64::from(minor) + 1,)], "1.{minor}");
        let error = client.sql("SELEC").await.unwrap_err();
        assert_eq!(error.sql_state(), Some("42000"), "1.{minor}");
    }
}

pub(crate) async fn what_a_version_lacks_is_refused_here(_: Client) {
    for minor in VERSIONS {
        let client = client_of(minor).await;
        let name = format!("lacking-{minor}-{}", uuid::Uuid::new_v4());
        destroy_after_test(&name);
        let cache: Cache<i32, i32> = client.create_cache_with_name(&name).await.unwrap();
        let policy = ExpiryPolicy {
            create: ExpiryDuration::Eternal,
            ..ExpiryPolicy::default()
        };
        let put = cache.with_expiry(policy).put(&1, &1).await;
        assert_eq!(put.is_ok(), minor >= 6, "1.{minor}");
        let expiring = format!("{name}-expiring");
        destroy_after_test(&expiring);
        let mut configuration = CacheConfiguration::new(expiring);
        configuration.expiry = Some(policy);
        let made = client.create_cache::<i32, i32>(configuration).await;
        assert_eq!(made.is_ok(), minor >= 6, "1.{minor}");
        let query = IndexQuery::new("Integer");
        let refused = cache.index_query(query).await.unwrap_err();
        let unsupported = matches!(refused, Error::Unsupported { .. });
        assert_eq!(unsupported, minor < 7, "{refused}");
        client.destroy_cache(&name).await.unwrap();
    }
}
