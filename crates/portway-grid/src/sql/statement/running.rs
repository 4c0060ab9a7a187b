//! Statements that take long: they go on without the grid's lock.
//!
//! A statement begins under the lock, on the mirror that all share. What has not found its rows
//! within [`INLINE_TIME`] begins again elsewhere, on a mirror of its own. That is brought up to date
//! first: what it lacks is gathered under the lock a part at a time and taken in without it, and the
//! last part holds all that is left. So the statement sees what was acknowledged before it began, as
//! it was at one moment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::select::{Prepared, ResultSet};
use crate::engine::{CopyId, Engine, FoundKeys};
use crate::sql::error::SqlError;
use crate::sql::index_query::KeySearch;
use crate::sql::mirror::{Mirror, News, PART_ENTRIES, Stop};
use crate::sql::table::Table;
use crate::sql::types::SqlType;
use crate::sql::value::SqlValue;
use crate::sql::views::View;

/// How long a statement may hold the grid: a point select takes a hundredth of that.
pub(in crate::sql) const INLINE_TIME: Duration = Duration::from_millis(2);

/// Parts after which a mirror takes all that it lacks at once: writers are quicker than it is.
const PARTS_BEHIND: usize = 64;

/// How often the rows of a change are looked for while others change them; then the grid is held.
const SEARCHES: usize = 3;

/// What takes long, and what it reads.
#[derive(Debug)]
pub(crate) struct Long {
    pub(in crate::sql) work: Work,
    pub(in crate::sql) tables: Vec<Arc<Table>>,
    pub(in crate::sql) views: Vec<&'static View>,
}

/// What is done on a mirror.
#[derive(Debug)]
pub(in crate::sql) enum Work {
    /// A query, whose rows may have so many bytes.
    Query(Prepared, usize),
    /// Rows that DML is about.
    Search(Search),
    /// Keys of an index query.
    Keys(KeySearch),
}

/// A search of DML.
#[derive(Debug)]
pub(in crate::sql) struct Search {
    pub(in crate::sql) text: String,
    pub(in crate::sql) binds: Vec<SqlValue>,
    pub(in crate::sql) types: Vec<SqlType>,
}

/// What was found.
#[derive(Debug)]
pub(crate) enum Found {
    Rows(ResultSet),
    /// For the statement, which is to be carried out again.
    Search(Searched),
    Keys(FoundKeys),
}

/// The rows that a search of DML has found: none where others changed the tables again and again.
#[derive(Debug)]
pub(crate) struct Searched(pub(super) Option<Vec<Vec<SqlValue>>>);

/// A statement that is to go on elsewhere.
pub(crate) struct Running {
    mirror: Mirror,
    long: Long,
    /// What the mirror is to take in next.
    news: Option<News>,
    /// Whether the mirror has taken in all that was gathered.
    is_whole: bool,
    /// Of the tables that the statement knows.
    definitions: u64,
    parts: usize,
    searches: usize,
    /// Mirrors that nobody needs: they are dropped without the lock.
    surplus: Vec<Mirror>,
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").finish_non_exhaustive()
    }
}

impl From<Long> for SqlError {
    fn from(long: Long) -> Self {
        Self::Long(Box::new(long))
    }
}

/// What was found under the grid's lock; or, where it `may_leave` and had no more time there, what is
/// to go on elsewhere.
pub(in crate::sql) fn found_or_long<T>(
    found: Result<T, SqlError>,
    may_leave: bool,
    long: impl FnOnce() -> Long,
) -> Result<T, SqlError> {
    match found {
        Err(error) if may_leave && error.is_cancelled() => Err(long().into()),
        found => found,
    }
}

impl Search {
    pub(super) fn rows(&self, mirror: &Mirror) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        let mut rows = Vec::new();
        mirror.query(&self.text, &self.binds, &self.types, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }
}

impl Running {
    pub(super) fn new(mirror: Mirror, long: Long, surplus: Vec<Mirror>, engine: &Engine) -> Self {
        Self {
            mirror,
            long,
            news: None,
            is_whole: false,
            definitions: engine.definitions(),
            parts: 0,
            searches: 0,
            surplus,
        }
    }

    /// What ends the statement before its time.
    pub(crate) fn stop(&self) -> Stop {
        self.mirror.stop()
    }

    /// Whether somebody has ended it.
    pub(crate) fn is_stopped(&self) -> bool {
        self.mirror.is_stopped()
    }

    /// Which rows it reads.
    pub(crate) fn copy(&self) -> CopyId {
        self.mirror.copy()
    }

    pub(super) fn mirror(&mut self) -> &mut Mirror {
        &mut self.mirror
    }

    /// The mirror, unless a failure left a part of its rows.
    pub(crate) fn into_mirror(self) -> Option<Mirror> {
        self.is_whole.then_some(self.mirror)
    }

    /// Gathers a part of what the mirror lacks; the grid is held meanwhile.
    ///
    /// # Errors
    /// [`SqlError::Redefined`] when the tables are no longer those that the statement knows.
    pub(crate) fn gather(&mut self, engine: &mut Engine) -> Result<(), SqlError> {
        if engine.definitions() != self.definitions {
            return Err(SqlError::Redefined);
        }
        self.is_whole = false;
        self.parts += 1;
        let is_behind = self.parts > PARTS_BEHIND && !self.mirror.reads_first_time();
        let entries = if is_behind { usize::MAX } else { PART_ENTRIES };
        self.news = Some(self.mirror.gather(&self.long.tables, engine, entries)?);
        Ok(())
    }

    /// Takes in what was gathered; answers whether that was all.
    pub(crate) fn take_in(&mut self) -> Result<bool, SqlError> {
        self.surplus.clear();
        if let Some(news) = self.news.take() {
            self.mirror.take_in(&news)?;
            self.is_whole = news.is_last;
        }
        if self.mirror.ends() {
            return Err(SqlError::cancelled());
        }
        Ok(self.is_whole)
    }

    /// Finds what is looked for.
    pub(crate) fn find(&mut self) -> Result<Found, SqlError> {
        let mirror = &self.mirror;
        match &self.long.work {
            Work::Query(prepared, limit) => prepared.rows(mirror, None, *limit).map(Found::Rows),
            Work::Keys(search) => search.keys(mirror).map(Found::Keys),
            Work::Search(search) => {
                self.searches += 1;
                let rows = search.rows(mirror).map_err(SqlError::at_row)?;
                Ok(Found::Search(Searched(Some(rows))))
            }
        }
    }

    /// Whether what was found is void, because others changed the rows meanwhile, and is to be looked
    /// for again. It is called while the grid is held that carries out the statement then.
    ///
    /// # Errors
    /// [`SqlError::Redefined`] when the tables are no longer those that the statement knows.
    pub(crate) fn begins_again(
        &mut self,
        found: &mut Found,
        engine: &mut Engine,
    ) -> Result<bool, SqlError> {
        let Found::Search(searched) = found else {
            return Ok(false);
        };
        let copy = self.copy();
        let has_changed = |table: &Arc<Table>| engine.has_changed(copy, table.cache);
        if engine.definitions() != self.definitions {
            return Err(SqlError::Redefined);
        }
        if !self.long.tables.iter().any(has_changed) {
            return Ok(false);
        }
        if self.searches >= SEARCHES {
            searched.0 = None;
            return Ok(false);
        }
        self.gather(engine)?;
        Ok(true)
    }
}
