//! A cache whose keys and values are known by number.

use std::fmt::Debug;

use portway_ignite::{Cache, Error, ReadValue, ScanQuery, WriteValue};

use crate::operation::{Answer, Key, Operation, Value};

/// A type of keys or values.
pub(crate) trait Domain: WriteValue + ReadValue + PartialEq + Debug + Send + Sync {
    /// The member of a number; other numbers have other members.
    fn of(number: usize) -> Self;
}

pub(crate) struct Subject<K, V> {
    cache: Cache<K, V>,
    keys: Vec<K>,
    values: Vec<V>,
}

impl<K: Domain, V: Domain> Subject<K, V> {
    pub(crate) fn new(cache: Cache<K, V>) -> Self {
        Self {
            cache,
            keys: (0..crate::operation::KEYS).map(K::of).collect(),
            values: (0..crate::operation::VALUES).map(V::of).collect(),
        }
    }

    pub(crate) async fn apply(&self, operation: &Operation) -> Result<Answer, Error> {
        let key = |number: Key| &self.keys[number];
        let value = |number: Value| &self.values[number];
        let cache = &self.cache;
        Ok(match *operation {
            Operation::Get(k) => self.found(cache.get(key(k)).await?),
            Operation::Put(k, v) => done(cache.put(key(k), value(v)).await?),
            Operation::PutIfAbsent(k, v) => {
                Answer::Yes(cache.put_if_absent(key(k), value(v)).await?)
            }
            Operation::GetAndPut(k, v) => self.found(cache.get_and_put(key(k), value(v)).await?),
            Operation::GetAndPutIfAbsent(k, v) => {
                self.found(cache.get_and_put_if_absent(key(k), value(v)).await?)
            }
            Operation::GetAndReplace(k, v) => {
                self.found(cache.get_and_replace(key(k), value(v)).await?)
            }
            Operation::GetAndRemove(k) => self.found(cache.get_and_remove(key(k)).await?),
            Operation::Replace(k, v) => Answer::Yes(cache.replace(key(k), value(v)).await?),
            Operation::ReplaceIfEquals(k, old, new) => {
                let replaced = cache.replace_if_equals(key(k), value(old), value(new));
                Answer::Yes(replaced.await?)
            }
            Operation::ContainsKey(k) => Answer::Yes(cache.contains_key(key(k)).await?),
            Operation::Remove(k) => Answer::Yes(cache.remove(key(k)).await?),
            Operation::RemoveIfEquals(k, v) => {
                Answer::Yes(cache.remove_if_equals(key(k), value(v)).await?)
            }
            Operation::ClearKey(k) => done(cache.clear_key(key(k)).await?),
            ref many => self.apply_to_many(many).await?,
        })
    }

    async fn apply_to_many(&self, operation: &Operation) -> Result<Answer, Error> {
        let keys = |numbers: &[Key]| {
            numbers
                .iter()
                .map(|&key| &self.keys[key])
                .collect::<Vec<_>>()
        };
        let cache = &self.cache;
        Ok(match operation {
            Operation::GetAll(ks) => self.entries(&cache.get_all(keys(ks)).await?),
            Operation::PutAll(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|&(key, value)| (&self.keys[key], &self.values[value]));
                done(cache.put_all(entries.collect::<Vec<_>>()).await?)
            }
            Operation::ContainsKeys(ks) => Answer::Yes(cache.contains_keys(keys(ks)).await?),
            Operation::RemoveKeys(ks) => done(cache.remove_keys(keys(ks)).await?),
            Operation::ClearKeys(ks) => done(cache.clear_keys(keys(ks)).await?),
            Operation::RemoveAll => done(cache.remove_all().await?),
            Operation::Clear => done(cache.clear().await?),
            Operation::Size => Answer::Count(usize::try_from(cache.size().await?).unwrap()),
            Operation::Scan => {
                let entries: Vec<_> = cache.scan(ScanQuery::new()).await?.collect().await?;
                self.entries(&entries)
            }
            other => unreachable!("{other:?} is about one key"),
        })
    }

    fn found(&self, found: Option<V>) -> Answer {
        Answer::Found(found.map(|found| number(&self.values, &found)))
    }

    fn entries(&self, entries: &[(K, V)]) -> Answer {
        let numbers = entries
            .iter()
            .map(|(key, value)| (number(&self.keys, key), number(&self.values, value)));
        let mut numbers: Vec<_> = numbers.collect();
        numbers.sort_unstable();
        Answer::Entries(numbers)
    }
}

fn done((): ()) -> Answer {
    Answer::Done
}

fn number<T: PartialEq + Debug>(members: &[T], found: &T) -> usize {
    let number = members.iter().position(|member| member == found);
    number.unwrap_or_else(|| panic!("{found:?} was never written"))
}
