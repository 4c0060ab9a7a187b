//! Cursors and event streams as iterators.

use std::sync::Arc;

use portway_ignite_protocol::ReadValue;

use super::background::Background;
use crate::cache::CacheEvent;
use crate::error::Error;

/// The entries of a scan; see [`Cursor`](crate::Cursor).
#[derive(Debug)]
pub struct Cursor<K, V> {
    inner: crate::Cursor<K, V>,
    background: Arc<Background>,
}

impl<K, V> Cursor<K, V> {
    pub(super) fn new(inner: crate::Cursor<K, V>, background: Arc<Background>) -> Self {
        Self { inner, background }
    }
}

impl<K: ReadValue, V: ReadValue> Iterator for Cursor<K, V> {
    type Item = Result<(K, V), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.background.wait(self.inner.next())
    }
}

/// The changes of a cache; see [`EventStream`](crate::EventStream). Its `next` waits for a change
/// as long as it takes.
#[derive(Debug)]
pub struct EventStream<K, V> {
    inner: crate::EventStream<K, V>,
    background: Arc<Background>,
}

impl<K, V> EventStream<K, V> {
    pub(super) fn new(inner: crate::EventStream<K, V>, background: Arc<Background>) -> Self {
        Self { inner, background }
    }
}

impl<K: ReadValue, V: ReadValue> Iterator for EventStream<K, V> {
    type Item = Result<CacheEvent<K, V>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.background.wait(self.inner.next())
    }
}
