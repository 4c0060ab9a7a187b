//! What a cache should do, written so simply that it is right.

use std::collections::BTreeMap;

use crate::operation::{Answer, Key, Operation, Value};

#[derive(Debug, Default)]
pub(crate) struct Model(BTreeMap<Key, Value>);

impl Model {
    pub(crate) fn apply(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Get(key) => Answer::Found(self.0.get(key).copied()),
            Operation::ContainsKey(key) => Answer::Yes(self.0.contains_key(key)),
            Operation::GetAll(keys) => self.entries(keys),
            Operation::ContainsKeys(keys) => {
                Answer::Yes(keys.iter().all(|key| self.0.contains_key(key)))
            }
            Operation::Size => Answer::Count(self.0.len()),
            Operation::Scan => Answer::Entries(self.0.clone().into_iter().collect()),
            Operation::Remove(key) => Answer::Yes(self.0.remove(key).is_some()),
            Operation::GetAndRemove(key) => Answer::Found(self.0.remove(key)),
            Operation::RemoveIfEquals(key, expected) => {
                Answer::Yes(self.remove_if_equals(key, expected))
            }
            Operation::ClearKey(key) => self.remove_each(&[*key]),
            Operation::RemoveKeys(keys) | Operation::ClearKeys(keys) => self.remove_each(keys),
            Operation::RemoveAll | Operation::Clear => {
                self.0.clear();
                Answer::Done
            }
            write => self.write(write),
        }
    }

    fn write(&mut self, operation: &Operation) -> Answer {
        match *operation {
            Operation::Put(key, value) => {
                self.0.insert(key, value);
                Answer::Done
            }
            Operation::PutAll(ref entries) => {
                self.0.extend(entries.iter().copied());
                Answer::Done
            }
            Operation::PutIfAbsent(key, value) => {
                Answer::Yes(self.put_if_absent(key, value).is_none())
            }
            Operation::GetAndPut(key, value) => Answer::Found(self.0.insert(key, value)),
            Operation::GetAndPutIfAbsent(key, value) => {
                Answer::Found(self.put_if_absent(key, value))
            }
            Operation::GetAndReplace(key, value) => Answer::Found(self.replace(key, value)),
            Operation::Replace(key, value) => Answer::Yes(self.replace(key, value).is_some()),
            Operation::ReplaceIfEquals(key, expected, value) => {
                let is_equal = self.0.get(&key) == Some(&expected);
                Answer::Yes(is_equal && self.replace(key, value).is_some())
            }
            ref other => unreachable!("{other:?} does not write"),
        }
    }

    fn entries(&self, keys: &[Key]) -> Answer {
        let wanted = self.0.iter().filter(|(key, _)| keys.contains(key));
        Answer::Entries(wanted.map(|(key, value)| (*key, *value)).collect())
    }

    fn put_if_absent(&mut self, key: Key, value: Value) -> Option<Value> {
        let before = self.0.get(&key).copied();
        self.0.entry(key).or_insert(value);
        before
    }

    fn replace(&mut self, key: Key, value: Value) -> Option<Value> {
        let held = self.0.get_mut(&key)?;
        Some(std::mem::replace(held, value))
    }

    fn remove_if_equals(&mut self, key: &Key, expected: &Value) -> bool {
        let is_equal = self.0.get(key) == Some(expected);
        if is_equal {
            self.0.remove(key);
        }
        is_equal
    }

    fn remove_each(&mut self, keys: &[Key]) -> Answer {
        self.0.retain(|key, _| !keys.contains(key));
        Answer::Done
    }
}
