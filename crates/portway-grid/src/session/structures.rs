//! Atomic numbers and sets, 9000 to 9023.

use portway_ignite_protocol::{
    AtomicLongName, CompareAndSetAtomicLong, CreateAtomicLong, FirstSetPage, IterateSet, OpenSet,
    Page, RawValue, ServerError, SetName, SetPageRequest, SetValues,
};

use super::Context;
use super::answer::{Body, body, served};
use crate::engine::{EngineError, NumberChange, SetChange, SetPage};

impl Context<'_> {
    pub(super) fn create_atomic_long(
        &mut self,
        request: &CreateAtomicLong,
    ) -> Result<Body, ServerError> {
        let configuration = request.configuration.as_ref();
        self.engine
            .create_number(&request.name, configuration, request.initial)?;
        self.done()
    }

    pub(super) fn remove_atomic_long(
        &mut self,
        number: &AtomicLongName,
    ) -> Result<Body, ServerError> {
        self.engine
            .remove_number(&number.name, number.group.as_deref())?;
        self.done()
    }

    pub(super) fn atomic_long_exists(&self, number: &AtomicLongName) -> Result<Body, ServerError> {
        let group = number.group.as_deref();
        let exists = self.engine.number_exists(&number.name, group)?;
        Ok(body(&exists, self.dialect))
    }

    pub(super) fn atomic_long(&self, number: &AtomicLongName) -> Result<Body, ServerError> {
        let group = number.group.as_deref();
        let value = self.engine.number(&number.name, group)?;
        Ok(body(&value, self.dialect))
    }

    /// Answers the sum.
    pub(super) fn add_to_atomic_long(
        &mut self,
        number: &AtomicLongName,
        term: i64,
    ) -> Result<Body, ServerError> {
        let (_, after) = self.change_number(number, NumberChange::Add(term))?;
        Ok(body(&after, self.dialect))
    }

    /// Answers what it was.
    pub(super) fn set_atomic_long(
        &mut self,
        number: &AtomicLongName,
        value: i64,
    ) -> Result<Body, ServerError> {
        let (before, _) = self.change_number(number, NumberChange::Set(value))?;
        Ok(body(&before, self.dialect))
    }

    /// Answers whether it was what was expected.
    pub(super) fn compare_and_set(
        &mut self,
        request: &CompareAndSetAtomicLong,
    ) -> Result<Body, ServerError> {
        let before = self.exchange(request)?;
        Ok(body(&(before == request.expected), self.dialect))
    }

    /// Answers what it was.
    pub(super) fn compare_and_exchange(
        &mut self,
        request: &CompareAndSetAtomicLong,
    ) -> Result<Body, ServerError> {
        let before = self.exchange(request)?;
        Ok(body(&before, self.dialect))
    }

    fn exchange(&mut self, request: &CompareAndSetAtomicLong) -> Result<i64, EngineError> {
        let change = NumberChange::CompareAndSet(request.expected, request.value);
        let (before, _) = self.change_number(&request.name, change)?;
        Ok(before)
    }

    fn change_number(
        &mut self,
        number: &AtomicLongName,
        change: NumberChange,
    ) -> Result<(i64, i64), EngineError> {
        let group = number.group.as_deref();
        self.engine.change_number(&number.name, group, change)
    }

    pub(super) fn open_set(&mut self, request: &OpenSet) -> Result<Body, ServerError> {
        let configuration = request.configuration.as_ref();
        let opened = self.engine.open_set(&request.name, configuration)?;
        Ok(body(&opened, self.dialect))
    }

    pub(super) fn close_set(&mut self, set: &SetName) -> Result<Body, ServerError> {
        self.engine.remove_set(set)?;
        self.done()
    }

    pub(super) fn set_exists(&self, set: &SetName) -> Result<Body, ServerError> {
        Ok(body(&self.engine.set_exists(set), self.dialect))
    }

    pub(super) fn set_size(&self, set: &SetName) -> Result<Body, ServerError> {
        let size = self.engine.set_size(set)?;
        let size = i32::try_from(size).unwrap_or(i32::MAX);
        Ok(body(&size, self.dialect))
    }

    pub(super) fn clear_set(&mut self, set: &SetName) -> Result<Body, ServerError> {
        self.engine.clear_set(set)?;
        self.done()
    }

    /// Answers whether the set changed.
    pub(super) fn change_set(
        &mut self,
        request: &SetValues,
        change: SetChange,
    ) -> Result<Body, ServerError> {
        let values = checked(&request.values)?;
        let changed = self.engine.change_set(&request.set, change, values)?;
        Ok(body(&changed, self.dialect))
    }

    pub(super) fn set_contains(&self, request: &SetValues) -> Result<Body, ServerError> {
        let values = checked(&request.values)?;
        let contains = self.engine.set_contains(&request.set, values)?;
        Ok(body(&contains, self.dialect))
    }

    pub(super) fn iterate_set(&mut self, request: &IterateSet) -> Result<Body, ServerError> {
        let size = usize::try_from(request.page_size).unwrap_or(0);
        let (page, iterator) = self.engine.walk_set(self.connection, &request.set, size)?;
        let values = served_values(&page);
        Ok(body(&FirstSetPage { values, iterator }, self.dialect))
    }

    pub(super) fn set_page(&mut self, request: SetPageRequest) -> Result<Body, ServerError> {
        let size = usize::try_from(request.page_size).unwrap_or(0);
        let page = self
            .engine
            .next_set_page(self.connection, request.iterator, size)?;
        let page = Page {
            rows: served_values(&page),
            has_more: page.has_more,
        };
        Ok(body(&page, self.dialect))
    }
}

fn checked(values: &[RawValue]) -> Result<impl Iterator<Item = &[u8]>, EngineError> {
    if values.iter().any(RawValue::is_null) {
        return Err(EngineError::NullItem);
    }
    Ok(values.iter().map(RawValue::as_bytes))
}

fn served_values(page: &SetPage) -> Vec<RawValue> {
    page.values.iter().map(|value| served(value)).collect()
}
