//! What a node refuses of a new cache's configuration (`ClusterCachesInfo`,
//! `GridCacheUtils.validateNewCacheName`).

use std::fmt;

use portway_ignite_protocol::{CacheConfiguration, CacheMode};

use super::{Engine, EngineError};

/// Caches that a node has for itself.
const RESERVED: [&str; 2] = ["ignite-sys-cache", "MetaStorage"];
/// The schema of the system views.
const SYSTEM_SCHEMA: &str = "SYS";

impl Engine {
    /// Checks the configuration of a cache that is not there yet.
    ///
    /// # Errors
    /// Those of a node.
    pub(super) fn check_new_cache(
        &self,
        configuration: &CacheConfiguration,
    ) -> Result<(), EngineError> {
        let name = &configuration.name;
        if RESERVED.contains(&name.as_str()) {
            return Err(EngineError::ReservedCacheName(name.clone()));
        }
        if configuration.query_parallelism < 1 {
            return Err(EngineError::NoParallelism);
        }
        self.check_group(configuration)?;
        match can_start(configuration) {
            true => Ok(()),
            false => Err(EngineError::cache_did_not_start()),
        }
    }

    fn check_group(&self, starting: &CacheConfiguration) -> Result<(), EngineError> {
        let Some(group) = starting.group.as_deref() else {
            return Ok(());
        };
        for id in self.caches.keys() {
            let existing = self.cache_configuration(*id)?;
            match existing.group.as_deref() {
                None if existing.name == group => {
                    return Err(refused(format!(
                        "Failed to start cache. Cache group name conflict with existing cache \
                         (change group name) [cacheName={}, conflictingCacheName={group}]",
                        starting.name
                    )));
                }
                Some(other) if other == group => return same_in_group(group, &existing, starting),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a node can start the cache. It says no more than that it could not.
fn can_start(configuration: &CacheConfiguration) -> bool {
    // Any region of memory is taken: those of a node are its configuration's.
    configuration.group.as_deref() != Some("")
        && configuration.sql_schema.as_deref() != Some(SYSTEM_SCHEMA)
        && configuration.rebalance_batch_size > 0
        && configuration.rebalance_batches_prefetch > 0
        && configuration.rebalance_timeout >= 0
        && configuration.rebalance_throttle >= 0
}

fn refused(message: String) -> EngineError {
    EngineError::CacheRefused(message)
}

/// Checks what the caches of a group have in common, in a node's order.
fn same_in_group(
    group: &str,
    existing: &CacheConfiguration,
    starting: &CacheConfiguration,
) -> Result<(), EngineError> {
    let compared = Compared {
        group,
        existing: &existing.name,
        starting: &starting.name,
    };
    let of = |configuration: &CacheConfiguration| {
        [
            ("Cache mode", "CacheMode", constant(configuration.mode)),
            (
                "Atomicity mode",
                "AtomicityMode",
                constant(configuration.atomicity),
            ),
            (
                "Partition Loss Policy",
                "PartitionLossPolicy",
                constant(configuration.partition_loss_policy),
            ),
            (
                "Rebalance mode",
                "RebalanceMode",
                constant(configuration.rebalance_mode),
            ),
        ]
    };
    for ((what, attribute, old), (_, _, new)) in of(existing).into_iter().zip(of(starting)) {
        compared.check(what, attribute, &old, &new)?;
    }
    match existing.mode {
        CacheMode::Replicated => Ok(()),
        _ => compared.check("Backups", "Backups", &existing.backups, &starting.backups),
    }
}

struct Compared<'a> {
    group: &'a str,
    existing: &'a str,
    starting: &'a str,
}

impl Compared<'_> {
    fn check<T: PartialEq + fmt::Display>(
        &self,
        what: &str,
        attribute: &str,
        old: &T,
        new: &T,
    ) -> Result<(), EngineError> {
        if old == new {
            return Ok(());
        }
        let Self {
            group,
            existing,
            starting,
        } = self;
        Err(refused(format!(
            "{what} mismatch for caches related to the same group [groupName={group}, \
             existingCache={existing}, existing{attribute}={old}, startingCache={starting}, \
             starting{attribute}={new}]"
        )))
    }
}

/// A mode by the name of Java's constant: `ReadWriteSafe` is `READ_WRITE_SAFE`.
fn constant(mode: impl fmt::Debug) -> String {
    let mut constant = String::new();
    for sign in format!("{mode:?}").chars() {
        if sign.is_uppercase() && !constant.is_empty() {
            constant.push('_');
        }
        constant.push(sign.to_ascii_uppercase());
    }
    constant
}

#[cfg(test)]
mod tests {
    use portway_ignite_protocol::{AtomicityMode, CacheId, PartitionLossPolicy};

    use super::*;
    use crate::engine::IfExists;
    use crate::engine::tests::engine;

    fn in_group(name: &str) -> CacheConfiguration {
        let mut configuration = CacheConfiguration::new(name);
        configuration.group = Some("g".to_owned());
        configuration
    }

    fn refusal(configuration: &CacheConfiguration) -> String {
        let mut engine = engine();
        engine.create_cache(&in_group("A"), IfExists::Fail).unwrap();
        let alone = CacheConfiguration::new("alone");
        engine.create_cache(&alone, IfExists::Fail).unwrap();
        let refused = engine.create_cache(configuration, IfExists::Fail);
        refused.unwrap_err().to_string()
    }

    #[test]
    fn caches_of_a_group_have_mode_atomicity_backups_and_loss_policy_in_common() {
        let mut other = in_group("B");
        other.backups = 2;
        assert_eq!(
            refusal(&other),
            "class org.apache.ignite.IgniteCheckedException: Backups mismatch for caches related to \
             the same group [groupName=g, existingCache=A, existingBackups=0, startingCache=B, \
             startingBackups=2]"
        );
        other.partition_loss_policy = PartitionLossPolicy::ReadWriteSafe;
        let policies = refusal(&other);
        assert!(
            policies.contains("startingPartitionLossPolicy=READ_WRITE_SAFE"),
            "{policies}"
        );
        other.atomicity = AtomicityMode::Transactional;
        assert!(refusal(&other).contains("existingAtomicityMode=ATOMIC"));
        other.mode = CacheMode::Replicated;
        assert!(refusal(&other).contains("startingCacheMode=REPLICATED"));
    }

    #[test]
    fn a_group_cannot_have_the_name_of_a_cache_without_one() {
        let mut other = in_group("B");
        other.group = Some("alone".to_owned());
        assert!(refusal(&other).ends_with("[cacheName=B, conflictingCacheName=alone]"));
    }

    #[test]
    fn a_node_keeps_names_for_itself() {
        let reserved = refusal(&CacheConfiguration::new("ignite-sys-cache"));
        assert!(
            reserved.contains("reserved for internal purposes"),
            "{reserved}"
        );
    }

    #[test]
    fn what_no_node_can_start_is_refused() {
        let mut configuration = CacheConfiguration::new("B");
        configuration.rebalance_batch_size = -1;
        assert!(refusal(&configuration).ends_with("Failed to complete exchange process."));
    }

    #[test]
    fn a_replicated_cache_has_all_copies_there_can_be() {
        let mut engine = engine();
        let mut configuration = CacheConfiguration::new("everywhere");
        configuration.mode = CacheMode::Replicated;
        engine.create_cache(&configuration, IfExists::Fail).unwrap();
        let CacheId(id) = CacheId::of("everywhere");
        assert_eq!(engine.cache_configuration(id).unwrap().backups, i32::MAX);
    }
}
