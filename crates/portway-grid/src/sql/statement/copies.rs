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
#[derive(Debug)]
pub(super) struct Copies {
    idle: Vec<Mirror>,
    away: usize,
    /// Fewer than [`AT_ONCE`] where memory has no room for another, until one is back.
    most_away: usize,
}

impl Default for Copies {
    fn default() -> Self {
        Self {
            idle: Vec::new(),
            away: 0,
            most_away: AT_ONCE,
        }
    }
}

impl Copies {
    /// Whether no other statement may take long now.
    pub(super) fn are_all_away(&self) -> bool {
        self.away >= self.most_away
    }

    /// The mirror that holds most of these tables, and those that are of no use any more. A second
    /// one and further ones are made only as long as all that is in memory, each mirror counted with
    /// `rows_bytes`, stays within the grid's limit.
    ///
    /// # Errors
    /// [`SqlError::Busy`] where there is none to be had until another is back.
    pub(super) fn take(
        &mut self,
        tables: &[Arc<Table>],
        is_same: impl Fn(&Table) -> bool,
        rows_bytes: u64,
        engine: &mut Engine,
    ) -> Result<(Mirror, Vec<Mirror>), SqlError> {
        if self.are_all_away() {
            return Err(SqlError::Busy);
        }
        let has_them = |mirror: &Mirror| mirror.count_of(tables) == tables.len();
        // The one that statements begin on, those away, and the new one.
        let mirrors = (self.away as u64).saturating_add(2);
        let is_full = !engine.has_room_for(rows_bytes.saturating_mul(mirrors));
        if self.away > 0 && is_full && !self.idle.iter().any(has_them) {
            self.most_away = self.away;
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
        self.most_away = AT_ONCE;
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
