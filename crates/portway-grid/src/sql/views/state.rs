//! Rows of the system views that tell what is on the node: types, groups of caches, services, tasks.

use std::collections::BTreeMap;

use portway_ignite_protocol::{BinaryType, CacheConfiguration};
use uuid::Uuid;

use super::rows::{Row, cache_values, optional, text};
use super::{View, rows::named_row};
use crate::engine::{PARTITIONS, TaskInView};
use crate::functions::Service;
use crate::sql::error::SqlError;
use crate::sql::statement::Run;
use crate::sql::value::SqlValue;

/// The rows of such a view; those that are none of them have no rows.
pub(super) fn rows(view: &View, run: &Run<'_>) -> Result<Vec<Row>, SqlError> {
    let node = run.request.node;
    Ok(match view.name {
        "BINARY_METADATA" => run.engine.binary_types().map(|ty| type_row(&ty)).collect(),
        "CACHE_GROUPS" => groups(view, &run.engine.configurations()?),
        "SERVICES" => {
            let services = run.request.functions.services().enumerate();
            let row = |(number, service)| service_row(number, service, node);
            services
                .filter(|(_, service)| !run.engine.has_ended_service(service.name()))
                .map(row)
                .collect()
        }
        "TASKS" => run
            .engine
            .tasks()
            .map(|task| task_row(&task, node))
            .collect(),
        _ => Vec::new(),
    })
}

/// A list as Java prints it.
fn listed(items: impl Iterator<Item = String>) -> SqlValue {
    let items: Vec<String> = items.collect();
    SqlValue::Varchar(format!("[{}]", items.join(", ")))
}

fn type_row(ty: &BinaryType) -> Row {
    let fields = ty.fields.iter().map(|field| field.name.clone());
    vec![
        SqlValue::Int(ty.id),
        optional(ty.name.as_deref()),
        optional(ty.affinity_key.as_deref()),
        SqlValue::Int(i32::try_from(ty.fields.len()).unwrap_or(i32::MAX)),
        listed(fields),
        listed(ty.schemas.iter().map(|schema| schema.id.to_string())),
        SqlValue::Boolean(ty.members.is_some()),
    ]
}

/// A group has the settings of its caches.
fn groups(view: &View, caches: &[CacheConfiguration]) -> Vec<Row> {
    let mut groups: BTreeMap<&str, Vec<&CacheConfiguration>> = BTreeMap::new();
    for cache in caches {
        let group = cache.group.as_deref().unwrap_or(&cache.name);
        groups.entry(group).or_default().push(cache);
    }
    let row = |caches: Vec<&CacheConfiguration>| {
        let first = caches.first()?;
        let mut values = cache_values(first);
        let affinity = format!(
            "RendezvousAffinityFunction [parts={PARTITIONS}, mask={}, exclNeighbors=false, \
             exclNeighborsWarn=false, backupFilter=null, affinityBackupFilter=null]",
            PARTITIONS - 1
        );
        let count = i32::try_from(caches.len()).unwrap_or(i32::MAX);
        values.extend([
            ("CACHE_COUNT", SqlValue::Int(count)),
            ("AFFINITY", SqlValue::Varchar(affinity)),
            ("IS_SHARED", SqlValue::Boolean(first.group.is_some())),
            ("PARTITIONS_COUNT", SqlValue::Int(PARTITIONS)),
            ("REBALANCE_DELAY", SqlValue::BigInt(0)),
            ("REBALANCE_ORDER", SqlValue::Int(0)),
        ]);
        Some(named_row(view, &values))
    };
    groups.into_values().filter_map(row).collect()
}

fn service_row(number: usize, service: &Service, node: Uuid) -> Row {
    vec![
        SqlValue::Varchar(global_id(number as u64, node)),
        text(service.name()),
        text(service.class()),
        SqlValue::Null,
        SqlValue::Uuid(node),
        SqlValue::Int(service.total_count()),
        SqlValue::Int(1),
        SqlValue::Null,
        SqlValue::Null,
        SqlValue::Boolean(true),
        SqlValue::Varchar(format!("{{{node}=1}}")),
    ]
}

fn task_row(task: &TaskInView<'_>, node: Uuid) -> Row {
    let id = || SqlValue::Varchar(global_id(task.number, node));
    vec![
        id(),
        id(),
        SqlValue::Uuid(node),
        text(task.name),
        text(task.name),
        SqlValue::Int(-1),
        SqlValue::Null,
        SqlValue::BigInt(task.begun),
        SqlValue::BigInt(i64::MAX),
        SqlValue::Null,
        SqlValue::Boolean(false),
        SqlValue::Null,
        text("0"),
    ]
}

/// As `IgniteUuid` prints itself.
fn global_id(number: u64, node: Uuid) -> String {
    format!("{number:x}-{node}")
}
