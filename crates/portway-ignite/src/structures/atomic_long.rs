//! Numbers that many clients change at once.

use portway_ignite_protocol::{
    AtomicConfiguration, AtomicLongName, CacheId, CacheMode, CompareAndSetAtomicLong,
    CreateAtomicLong, Request,
};

use crate::client::{Client, Operation};
use crate::error::Error;

/// The group of caches that Ignite keeps data structures in unless told otherwise.
const DEFAULT_GROUP: &str = "default-ds-group";
/// What Ignite's own clients say; atomic numbers have no use for it.
const SEQUENCE_RESERVE: i32 = 1000;

/// How an atomic number is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtomicLongOptions {
    initial: i64,
    group: Option<String>,
    mode: Option<CacheMode>,
    backups: Option<i32>,
}

impl AtomicLongOptions {
    /// Starts at zero, kept as the cluster's configuration says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the first value. Default: 0.
    #[must_use]
    pub fn initial(mut self, value: i64) -> Self {
        self.initial = value;
        self
    }

    /// Keeps it in this group of caches, which must then be named by all who use it. Default:
    /// that of the cluster's configuration.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.group = Some(name.into());
        self
    }

    /// Keeps so many copies besides the first. Default: that of the cluster's configuration.
    #[must_use]
    pub fn backups(mut self, copies: u16) -> Self {
        self.backups = Some(copies.into());
        self
    }

    /// Keeps a copy on each node.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.mode = Some(CacheMode::Replicated);
        self
    }

    /// `None` leaves all to the cluster's configuration.
    fn configuration(&self) -> Option<AtomicConfiguration> {
        let is_default = self.group.is_none() && self.mode.is_none() && self.backups.is_none();
        (!is_default).then(|| AtomicConfiguration {
            reserve_size: SEQUENCE_RESERVE,
            mode: self.mode.unwrap_or(CacheMode::Partitioned),
            backups: self.backups.unwrap_or(1),
            group: self.group.clone(),
        })
    }
}

/// A 64-bit number in the grid. Each operation is atomic. Cloning the handle is cheap.
///
/// ```
/// # use portway_ignite::{AtomicLongOptions, Client, Error};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let tickets = client.atomic_long("tickets", AtomicLongOptions::new()).await?;
/// println!("ticket {}", tickets.increment_and_get().await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Each operation fails with [`Error::Server`] and
/// [`Status::RESOURCE_DOES_NOT_EXIST`](crate::Status::RESOURCE_DOES_NOT_EXIST) once the number was
/// removed, and as every operation of a [`Cache`](crate::Cache). What changes the number is not
/// repeated after a lost connection unless the
/// [`RetryPolicy`](crate::RetryPolicy) says so: it may or may not have changed.
#[derive(Clone, Debug)]
pub struct AtomicLong {
    client: Client,
    name: AtomicLongName,
    cache: CacheId,
}

impl Client {
    /// The atomic number of this name, which is made unless it is there. Operation 9000.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn atomic_long(
        &self,
        name: &str,
        options: AtomicLongOptions,
    ) -> Result<AtomicLong, Error> {
        let request = CreateAtomicLong {
            name: name.to_owned(),
            initial: options.initial,
            configuration: options.configuration(),
        };
        // Harmless to repeat, so it is repeated where reads are.
        let operation = Operation::read("atomic_long");
        let build = |_: &_| Request::CreateAtomicLong(request.clone());
        let () = self.ask(operation, build).await?;
        Ok(AtomicLong::new(self.clone(), name, options.group))
    }

    /// The atomic number of this name, if it is there. Operation 9002.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn existing_atomic_long(
        &self,
        name: &str,
        options: AtomicLongOptions,
    ) -> Result<Option<AtomicLong>, Error> {
        let number = AtomicLong::new(self.clone(), name, options.group);
        Ok(number.exists().await?.then_some(number))
    }
}

impl AtomicLong {
    fn new(client: Client, name: &str, group: Option<String>) -> Self {
        let kept_in = group.as_deref().unwrap_or(DEFAULT_GROUP);
        let cache = CacheId::of(&format!("ignite-sys-atomic-cache@{kept_in}"));
        let name = name.to_owned();
        Self {
            client,
            name: AtomicLongName { name, group },
            cache,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name.name
    }

    /// Its value. Operation 9003.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn get(&self) -> Result<i64, Error> {
        let operation = Operation::read("get an atomic number");
        self.ask(operation, Request::AtomicLongValue).await
    }

    /// Adds to it and answers the sum, which wraps around as in Java. Operation 9004.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn add_and_get(&self, delta: i64) -> Result<i64, Error> {
        let operation = Operation::write("add to an atomic number");
        self.ask(operation, |name| Request::AddToAtomicLong((name, delta)))
            .await
    }

    /// Adds to it and answers what it was. Operation 9004.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_add(&self, delta: i64) -> Result<i64, Error> {
        Ok(self.add_and_get(delta).await?.wrapping_sub(delta))
    }

    /// Adds one and answers the sum. Operation 9004.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn increment_and_get(&self) -> Result<i64, Error> {
        self.add_and_get(1).await
    }

    /// Takes one away and answers what is left. Operation 9004.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn decrement_and_get(&self) -> Result<i64, Error> {
        self.add_and_get(-1).await
    }

    /// Sets it and answers what it was. Operation 9005.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn get_and_set(&self, value: i64) -> Result<i64, Error> {
        let operation = Operation::write("set an atomic number");
        self.ask(operation, |name| Request::SetAtomicLong((name, value)))
            .await
    }

    /// Sets it if it is `expected`; answers whether it was. Operation 9006.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn compare_and_set(&self, expected: i64, value: i64) -> Result<bool, Error> {
        let operation = Operation::write("compare and set an atomic number");
        let comparison = |name| CompareAndSetAtomicLong {
            name,
            expected,
            value,
        };
        self.ask(operation, |name| {
            Request::CompareAndSetAtomicLong(comparison(name))
        })
        .await
    }

    /// Sets it if it is `expected`; answers what it was. Operation 9007.
    ///
    /// # Errors
    /// As every operation of an [`AtomicLong`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn compare_and_exchange(&self, expected: i64, value: i64) -> Result<i64, Error> {
        let operation = Operation::write("compare and exchange an atomic number");
        let comparison = |name| CompareAndSetAtomicLong {
            name,
            expected,
            value,
        };
        self.ask(operation, |name| {
            Request::CompareAndSetAndGetAtomicLong(comparison(name))
        })
        .await
    }

    /// Whether it is there still. Operation 9002.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn exists(&self) -> Result<bool, Error> {
        let operation = Operation::read("look for an atomic number");
        self.ask(operation, Request::AtomicLongExists).await
    }

    /// Removes it for everybody. Operation 9001.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove(self) -> Result<(), Error> {
        let operation = Operation::write("remove an atomic number");
        self.ask(operation, Request::RemoveAtomicLong).await
    }

    /// Asks the node that holds it.
    async fn ask<T: portway_ignite_protocol::Layout>(
        &self,
        operation: Operation<'_>,
        request: impl Fn(AtomicLongName) -> Request,
    ) -> Result<T, Error> {
        let operation = self
            .client
            .routed_to_key(operation, self.cache, self.name.name.as_str());
        let build = |_: &_| request(self.name.clone());
        self.client.ask(operation, build).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_left_to_the_cluster() {
        assert_eq!(AtomicLongOptions::new().initial(5).configuration(), None);
        let told = AtomicLongOptions::new().backups(2).configuration().unwrap();
        assert_eq!((told.mode, told.backups), (CacheMode::Partitioned, 2));
    }
}
