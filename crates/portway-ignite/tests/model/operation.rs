//! Operations on a cache, with keys and values by number.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};

/// So few that operations meet on one key.
pub(crate) const KEYS: usize = 6;
/// So few that a comparison finds equal values.
pub(crate) const VALUES: usize = 3;

/// The number of a key.
pub(crate) type Key = usize;
/// The number of a value.
pub(crate) type Value = usize;

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Get(Key),
    Put(Key, Value),
    PutIfAbsent(Key, Value),
    GetAndPut(Key, Value),
    GetAndPutIfAbsent(Key, Value),
    GetAndReplace(Key, Value),
    GetAndRemove(Key),
    Replace(Key, Value),
    ReplaceIfEquals(Key, Value, Value),
    ContainsKey(Key),
    Remove(Key),
    RemoveIfEquals(Key, Value),
    ClearKey(Key),
    GetAll(Vec<Key>),
    PutAll(Vec<(Key, Value)>),
    ContainsKeys(Vec<Key>),
    RemoveKeys(Vec<Key>),
    ClearKeys(Vec<Key>),
    RemoveAll,
    Clear,
    Size,
    Scan,
}

pub(crate) fn operations() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..60)
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = 0..KEYS;
    let value = 0..VALUES;
    let both = (key.clone(), value.clone());
    let keys = vec(key.clone(), 0..KEYS);
    // What empties the cache is rare, or there would be nothing to find.
    prop_oneof![
        6 => key.clone().prop_map(O::Get),
        8 => both.clone().prop_map(|(key, value)| O::Put(key, value)),
        4 => both.clone().prop_map(|(key, value)| O::PutIfAbsent(key, value)),
        4 => both.clone().prop_map(|(key, value)| O::GetAndPut(key, value)),
        4 => both.clone().prop_map(|(key, value)| O::GetAndPutIfAbsent(key, value)),
        4 => both.clone().prop_map(|(key, value)| O::GetAndReplace(key, value)),
        3 => key.clone().prop_map(O::GetAndRemove),
        4 => both.clone().prop_map(|(key, value)| O::Replace(key, value)),
        6 => (both.clone(), value).prop_map(|((key, old), new)| O::ReplaceIfEquals(key, old, new)),
        3 => key.clone().prop_map(O::ContainsKey),
        3 => key.clone().prop_map(O::Remove),
        4 => both.clone().prop_map(|(key, value)| O::RemoveIfEquals(key, value)),
        2 => key.prop_map(O::ClearKey),
        3 => keys.clone().prop_map(O::GetAll),
        4 => vec(both, 0..KEYS).prop_map(O::PutAll),
        2 => keys.clone().prop_map(O::ContainsKeys),
        2 => keys.clone().prop_map(O::RemoveKeys),
        1 => keys.prop_map(O::ClearKeys),
        1 => any::<bool>().prop_map(|remove| if remove { O::RemoveAll } else { O::Clear }),
        3 => any::<bool>().prop_map(|count| if count { O::Size } else { O::Scan }),
    ]
}

/// What an operation answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Yes(bool),
    Found(Option<Value>),
    Entries(Vec<(Key, Value)>),
    Count(usize),
}
