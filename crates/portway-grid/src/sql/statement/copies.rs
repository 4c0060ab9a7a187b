//! Mirrors for statements that take long, each for one at a time.

use std::sync::Arc;

use crate::engine::{CopyId, Engine};
use crate::sql::error::SqlError;
use crate::sql::mirror::Mirror;
use crate::sql::table::Table;

/// Statements that may take long at the same time: each has a thread, and rows of its own.
const AT_ONCE: usize = 4;
/// Mirrors that are kept for the statements to come: they hold rows, and are told of changes.
const KEPT: usize = 1;

/// All mirrors but the one that statements begin on.
#[derive(Debug, Default)]
pub(super) struct Copies {
    idle: Vec<Mirror>,
    away: usize,
}

impl Copies {
    /// Whether no other statement may take long now.
    pub(super) fn are_all_away(&self) -> bool {
        self.away >= AT_ONCE
    }

    /// The mirror that holds most of these tables, and those that are of no use any more.
    pub(super) fn take(
        &mut self,
        tables: &[Arc<Table>],
        is_same: impl Fn(&Table) -> bool,
        engine: &mut Engine,
    ) -> Result<(Mirror, Vec<Mirror>), SqlError> {
        if self.are_all_away() {
            return Err(SqlError::Busy);
        }
        let is_stale = |mirror: &mut Mirror| !mirror.holds_only(&is_same);
        let surplus: Vec<Mirror> = self.idle.extract_if(.., is_stale).collect();
        for mirror in &surplus {
            engine.forget_copy(mirror.copy());
        }
        self.idle.sort_by_key(|mirror| mirror.count_of(tables));
        let mirror = match self.idle.pop() {
            Some(mirror) => mirror,
            None => Mirror::open(engine.new_copy())?,
        };
        self.away += 1;
        Ok((mirror, surplus))
    }

    /// Takes a mirror back, if one is left; answers what is to be dropped.
    pub(super) fn take_back(
        &mut self,
        copy: CopyId,
        mirror: Option<Mirror>,
        engine: &mut Engine,
    ) -> Option<Mirror> {
        self.away = self.away.saturating_sub(1);
        match mirror {
            Some(mirror) if self.idle.len() < KEPT => {
                mirror.limit_time(None);
                mirror.forget_stop();
                self.idle.push(mirror);
                None
            }
            surplus => {
                engine.forget_copy(copy);
                surplus
            }
        }
    }
}
