//! Writers that know what they wrote, and check it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portway_ignite::{Cache, Client, Error, ScanQuery};

use crate::expected::Expected;
use crate::random::Random;

/// What one operation may take beyond its time-out on a machine that does much else.
const MARGIN: Duration = Duration::from_secs(5);
/// How many keys a writer works on at once.
const LIVE_KEYS: usize = 12;
/// The first key of a writer is this times its number.
const KEYS_OF_A_WRITER: i64 = 1_000_000;

/// Small, so that a scan needs several pages.
const PAGE: NonZeroU32 = NonZeroU32::new(64).unwrap();

/// When writers stop.
#[derive(Clone, Debug)]
pub(crate) enum Until {
    Steps(usize),
    Told(Arc<AtomicBool>),
}

/// What an answer to a write says about the value before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// The write was carried out once, and answers what it found.
    AreExact,
    /// It may have been carried out twice, and answer what the first time left.
    MayBeOfSecondRun,
}

/// How many writers work how long.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) seed: u64,
    /// The time-out of one operation.
    pub(crate) limit: Duration,
    pub(crate) writers: usize,
    pub(crate) until: Until,
    pub(crate) answers: Answers,
}

impl Until {
    fn is_over(&self, steps: usize) -> bool {
        match self {
            Self::Steps(limit) => steps >= *limit,
            Self::Told(stop) => stop.load(Ordering::Relaxed),
        }
    }
}

/// One writer with keys of its own.
pub(crate) struct Writer {
    cache: Cache<i64, String>,
    load: Load,
    random: Random,
    keys: BTreeMap<i64, Expected>,
    /// The keys that are certain and not left behind.
    live: Vec<i64>,
    next_key: i64,
    version: u64,
    pub(crate) done: usize,
    pub(crate) failed: usize,
}

/// Runs so many writers to their end.
pub(crate) async fn run(client: &Client, cache: &str, load: &Load) -> Vec<Writer> {
    let mut random = Random::new(load.seed);
    let tasks: Vec<_> = (0..load.writers)
        .map(|number| {
            let cache = client.cache(cache);
            let writer = Writer::new(cache, load.clone(), number, random.branch());
            tokio::spawn(writer.run())
        })
        .collect();
    let mut ended = Vec::new();
    for task in tasks {
        ended.push(task.await.unwrap());
    }
    ended
}

impl Writer {
    fn new(cache: Cache<i64, String>, load: Load, number: usize, random: Random) -> Self {
        let first = i64::try_from(number).unwrap() * KEYS_OF_A_WRITER;
        Self {
            cache,
            load,
            random,
            keys: BTreeMap::new(),
            live: Vec::new(),
            next_key: first,
            version: 0,
            done: 0,
            failed: 0,
        }
    }

    async fn run(mut self) -> Self {
        let limit = self.load.limit + MARGIN;
        while !self.load.until.is_over(self.done + self.failed) {
            let ended = tokio::time::timeout(limit, self.step()).await;
            match ended {
                Ok(Ok(())) => self.done += 1,
                Ok(Err(error)) => self.note(&error),
                Err(_) => panic!(
                    "seed {}: an operation hangs beyond its time-out",
                    self.load.seed
                ),
            }
        }
        self
    }

    /// Failures are what is provoked; but each must be one that a caller can act upon.
    fn note(&mut self, error: &Error) {
        self.failed += 1;
        let is_expected = error.is_connection_error()
            || error.status().is_some()
            || matches!(error, Error::TimedOut { .. } | Error::Decode { .. });
        assert!(is_expected, "seed {}: {error:?}", self.load.seed);
    }

    async fn step(&mut self) -> Result<(), Error> {
        let key = self.key();
        match self.random.below(12) {
            0..=2 => self.get(key).await,
            3..=5 => self.put(key).await,
            6 => self.remove(key).await,
            7 => self.put_if_absent(key).await,
            8 => self.get_and_put(key).await,
            9 => self.replace_if_equals(key).await,
            10 => self.put_all().await,
            _ => self.read_many().await,
        }
    }

    /// A key whose value is known; a new one while there are few, or now and then.
    fn key(&mut self) -> i64 {
        let keys = &self.keys;
        self.live.retain(|key| keys[key].is_certain());
        if self.live.len() >= LIVE_KEYS {
            return *self.random.choose(&self.live);
        }
        let key = self.next_key;
        self.next_key += 1;
        self.keys.insert(key, Expected::nothing());
        self.live.push(key);
        key
    }

    fn new_value(&mut self, key: i64) -> String {
        self.version += 1;
        let length = self.random.below(200);
        format!("{key}:{}:{}", self.version, "x".repeat(length))
    }

    fn expected(&mut self, key: i64) -> &mut Expected {
        self.keys.get_mut(&key).expect("the key is ours")
    }

    fn check(&self, key: i64, found: Option<&String>, operation: &str) {
        let expected = &self.keys[&key];
        assert!(
            expected.allows(found),
            "seed {}: {operation} of {key} found {found:?} instead of {expected:?}",
            self.load.seed
        );
    }

    /// What a write said about the value before it.
    fn check_answer(&self, key: i64, is_right: bool, operation: &str) {
        let is_right = is_right || self.load.answers == Answers::MayBeOfSecondRun;
        let seed = self.load.seed;
        assert!(is_right, "seed {seed}: the answer to {operation} of {key}");
    }

    /// Notes what became of a write.
    fn settle<T>(
        &mut self,
        key: i64,
        value: Option<String>,
        result: Result<T, Error>,
    ) -> Result<T, Error> {
        match &result {
            Ok(_) => self.expected(key).acknowledged(value),
            Err(error) => self.expected(key).failed(value, error),
        }
        result
    }

    async fn get(&mut self, key: i64) -> Result<(), Error> {
        let found = self.cache.get(&key).await?;
        self.check(key, found.as_ref(), "get");
        Ok(())
    }

    async fn put(&mut self, key: i64) -> Result<(), Error> {
        let value = self.new_value(key);
        let result = self.cache.put(&key, &value).await;
        self.settle(key, Some(value), result)
    }

    async fn remove(&mut self, key: i64) -> Result<(), Error> {
        let existed = self.keys[&key].value().is_some();
        let result = self.cache.remove(&key).await;
        let removed = self.settle(key, None, result)?;
        self.check_answer(key, removed == existed, "remove");
        Ok(())
    }

    async fn put_if_absent(&mut self, key: i64) -> Result<(), Error> {
        let before = self.keys[&key].value().cloned();
        let value = self.new_value(key);
        let after = before.clone().unwrap_or_else(|| value.clone());
        let result = self.cache.put_if_absent(&key, &value).await;
        let was_put = self.settle(key, Some(after), result)?;
        self.check_answer(key, was_put == before.is_none(), "put_if_absent");
        Ok(())
    }

    async fn get_and_put(&mut self, key: i64) -> Result<(), Error> {
        let before = self.keys[&key].clone();
        let value = self.new_value(key);
        let result = self.cache.get_and_put(&key, &value).await;
        let found = self.settle(key, Some(value), result)?;
        self.check_answer(key, before.allows(found.as_ref()), "get_and_put");
        Ok(())
    }

    async fn replace_if_equals(&mut self, key: i64) -> Result<(), Error> {
        let Some(before) = self.keys[&key].value().cloned() else {
            return self.get(key).await;
        };
        let value = self.new_value(key);
        let result = self.cache.replace_if_equals(&key, &before, &value).await;
        let replaced = self.settle(key, Some(value), result)?;
        self.check_answer(key, replaced, "replace_if_equals");
        Ok(())
    }

    async fn put_all(&mut self) -> Result<(), Error> {
        let keys: Vec<i64> = (0..3).map(|_| self.key()).collect();
        let entries: BTreeMap<i64, String> = keys
            .into_iter()
            .map(|key| (key, self.new_value(key)))
            .collect();
        let result = self.cache.put_all(entries.iter()).await;
        for (key, value) in entries {
            let _ = self.settle(key, Some(value), result.clone());
        }
        result
    }

    /// Several keys, or now and then the whole cache.
    async fn read_many(&mut self) -> Result<(), Error> {
        if self.random.below(8) == 0 {
            return self.scan().await;
        }
        let keys: Vec<i64> = (0..3).map(|_| self.key()).collect();
        for (key, value) in self.cache.get_all(&keys).await? {
            self.check(key, Some(&value), "get_all");
        }
        Ok(())
    }

    async fn scan(&mut self) -> Result<(), Error> {
        let mut cursor = self.cache.scan(ScanQuery::new().page_size(PAGE)).await?;
        while let Some(entry) = cursor.next().await {
            let (key, value) = entry?;
            let is_of_key = value.starts_with(&format!("{key}:"));
            assert!(is_of_key, "seed {}: {key} holds {value}", self.load.seed);
        }
        Ok(())
    }

    /// Reads every key that was ever written, and compares. Returns how many there are.
    pub(crate) async fn verify(&self, cache: &Cache<i64, String>) -> usize {
        for key in self.keys.keys() {
            let found = cache.get(key).await;
            let found = found.unwrap_or_else(|error| panic!("seed {}: {error}", self.load.seed));
            self.check(*key, found.as_ref(), "the last get");
        }
        self.keys.len()
    }
}
