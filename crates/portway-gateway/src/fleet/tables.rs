//! The tables of a fleet as the grid is told to make them, so that any Ignite tool can read them
//! with SQL (schema `PORTWAY`).

use std::time::Duration;

use portway_ignite::{
    AtomicityMode, Cache, CacheConfiguration, Client, Error, IgniteObject, IndexField, IndexKind,
    PartitionLossPolicy, QueryEntity, QueryField, QueryIndex, ReadValue, ScanQuery, Status,
    WriteSync,
};

use super::{
    FleetError,
    flow_row::{FlowRow, FlowRowKey},
    row::{AddressRow, GatewayRow, InviteRow, PeerRow, SessionRow},
};

pub(super) const PEER: &str = "PEER";
pub(super) const ADDRESS: &str = "ADDRESS";
pub(super) const INVITE: &str = "INVITE";
pub(super) const SESSION: &str = "SESSION";
pub(super) const GATEWAY: &str = "GATEWAY";
pub(super) const FLOW: &str = "FLOW";

/// The pauses between the attempts to read a table, in milliseconds, 5 s in all: Ignite notices the death of a
/// process at once, but has to agree on it.
const SCAN_PAUSES: [u64; 6] = [100, 200, 400, 800, 1_500, 2_000];

const SCHEMA: &str = "PORTWAY";
const STRING: &str = "java.lang.String";
const INTEGER: &str = "java.lang.Integer";
const LONG: &str = "java.lang.Long";
const BOOLEAN: &str = "java.lang.Boolean";
const TIMESTAMP: &str = "java.sql.Timestamp";
const BYTES: &str = "[B";

/// Makes the tables that the grid does not have; others stay as they are.
pub(super) async fn make(client: &Client) -> Result<(), FleetError> {
    client
        .get_or_create_cache::<String, PeerRow>(peer())
        .await?;
    client
        .get_or_create_cache::<String, AddressRow>(address())
        .await?;
    client
        .get_or_create_cache::<String, InviteRow>(invite())
        .await?;
    client
        .get_or_create_cache::<String, SessionRow>(session())
        .await?;
    client
        .get_or_create_cache::<String, GatewayRow>(gateway())
        .await?;
    Ok(())
}

/// Reads a whole table. A node that dies in the middle ends a scan with an error, and another
/// begins a moment later without it.
pub(super) async fn read_all<V: ReadValue>(
    table: &Cache<String, V>,
) -> Result<Vec<(String, V)>, FleetError> {
    for pause in SCAN_PAUSES {
        match scan(table).await {
            Err(error) if may_pass(&error) => tracing::debug!(%error, "a scan is repeated"),
            outcome => return Ok(outcome?),
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    Ok(scan(table).await?)
}

async fn scan<V: ReadValue>(table: &Cache<String, V>) -> Result<Vec<(String, V)>, Error> {
    table.scan(ScanQuery::new()).await?.collect().await
}

/// Whether the cluster may answer once it has agreed on who is left.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::ConnectionLost { .. } => true,
        Error::Server { error, .. } => error.status == Status::FAILED,
        _ => false,
    }
}

fn peer() -> CacheConfiguration {
    let columns = [
        ("name", STRING),
        ("prefixes", STRING),
        ("keepalive", INTEGER),
        ("enabled", BOOLEAN),
        ("expires", TIMESTAMP),
        ("version", LONG),
        ("seal", BYTES),
    ];
    table::<PeerRow>(PEER, "public_key", &columns)
}

fn address() -> CacheConfiguration {
    table::<AddressRow>(ADDRESS, "address", &[("public_key", STRING)])
}

fn invite() -> CacheConfiguration {
    let columns = [("name", STRING), ("expires", TIMESTAMP), ("seal", BYTES)];
    table::<InviteRow>(INVITE, "token_hash", &columns)
}

fn session() -> CacheConfiguration {
    let columns = [
        ("gateway", STRING),
        ("endpoint", STRING),
        ("last_handshake", TIMESTAMP),
        ("stamp_seen", BYTES),
        ("stamp_sent", BYTES),
        ("receiver_index", LONG),
        ("sent_bytes", LONG),
        ("received_bytes", LONG),
    ];
    table::<SessionRow>(SESSION, "public_key", &columns)
}

fn gateway() -> CacheConfiguration {
    let columns = [
        ("endpoint", STRING),
        ("public_key", STRING),
        ("networks", STRING),
        ("slot", INTEGER),
        ("weight", INTEGER),
        ("version", LONG),
        ("seal", BYTES),
    ];
    table::<GatewayRow>(GATEWAY, "id", &columns)
}

/// The log of conversations. It is written in bulk and can be done without: a row is acknowledged before its backup is
/// written, and where all copies are lost the table goes on without them.
pub(super) fn flow() -> CacheConfiguration {
    let columns = [
        ("gateway", STRING),
        ("peer", STRING),
        ("protocol", INTEGER),
        ("address", STRING),
        ("port", INTEGER),
        ("remote_address", STRING),
        ("remote_port", INTEGER),
        ("received_packets", LONG),
        ("received_bytes", LONG),
        ("sent_packets", LONG),
        ("sent_bytes", LONG),
        ("first_seen", TIMESTAMP),
        ("last_seen", TIMESTAMP),
    ];
    let mut configuration = table::<FlowRow>(FLOW, "flow", &columns);
    configuration.write_sync = WriteSync::PrimarySync;
    configuration.partition_loss_policy = PartitionLossPolicy::Ignore;
    for entity in &mut configuration.query_entities {
        entity.key_type = Some(FlowRowKey::SHAPE.type_name().to_owned());
        entity.key_field = None;
        let keys = [("flow", LONG), ("began", TIMESTAMP)].map(|(name, java_class)| QueryField {
            is_key: true,
            ..QueryField::new(name, java_class)
        });
        entity.fields.splice(..1, keys);
        entity.indexes = vec![by_last_seen()];
    }
    configuration
}

/// What commands ask by.
fn by_last_seen() -> QueryIndex {
    QueryIndex {
        name: Some("FLOW_LAST_SEEN".to_owned()),
        kind: IndexKind::Sorted,
        inline_size: -1,
        fields: vec![IndexField {
            name: "last_seen".to_owned(),
            descending: false,
        }],
    }
}

/// A table with a text as key. One node may die at any time: each row has a backup, written
/// before the write is acknowledged. Should all copies of a row be lost, reads fail, so that a
/// gateway serves its last copy instead of taking the row for removed.
fn table<V: IgniteObject>(name: &str, key: &str, columns: &[(&str, &str)]) -> CacheConfiguration {
    let mut configuration = CacheConfiguration::new(name);
    configuration.atomicity = AtomicityMode::Atomic;
    configuration.backups = 1;
    configuration.write_sync = WriteSync::FullSync;
    configuration.partition_loss_policy = PartitionLossPolicy::ReadWriteSafe;
    configuration.sql_schema = Some(SCHEMA.to_owned());
    configuration.query_entities = vec![entity::<V>(name, key, columns)];
    configuration
}

fn entity<V: IgniteObject>(table: &str, key: &str, columns: &[(&str, &str)]) -> QueryEntity {
    let key_field = QueryField {
        is_key: true,
        ..QueryField::new(key, STRING)
    };
    let value_fields = columns
        .iter()
        .map(|(name, java_class)| QueryField::new(*name, *java_class));
    QueryEntity {
        key_type: Some(STRING.to_owned()),
        value_type: Some(V::SHAPE.type_name().to_owned()),
        table: Some(table.to_owned()),
        key_field: Some(key.to_owned()),
        fields: std::iter::once(key_field).chain(value_fields).collect(),
        ..QueryEntity::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_row_is_a_column() {
        let tables = [
            (peer(), PeerRow::SHAPE.field_names()),
            (address(), AddressRow::SHAPE.field_names()),
            (invite(), InviteRow::SHAPE.field_names()),
            (session(), SessionRow::SHAPE.field_names()),
            (gateway(), GatewayRow::SHAPE.field_names()),
        ];
        for (configuration, fields) in tables {
            let entity = &configuration.query_entities[0];
            let columns: Vec<_> = entity
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            assert_eq!(&columns[1..], fields, "{}", configuration.name);
            assert_eq!(entity.key_field.as_deref(), Some(columns[0]));
        }
        let flow = flow();
        let entity = &flow.query_entities[0];
        let columns: Vec<_> = entity
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        let fields = [
            FlowRowKey::SHAPE.field_names(),
            FlowRow::SHAPE.field_names(),
        ];
        assert_eq!(columns, fields.concat());
    }
}
