//! Sets of values in the grid.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use portway_ignite_protocol::{
    AtomicityMode, CacheMode, Layout, OpenSet, OpenedSet, RawValue, ReadValue, Request,
    SetConfiguration, SetName, SetValue, SetValues, WriteValue, java,
};

use super::SetCursor;
use crate::client::{Client, Encoder, Operation, TypesOf};
use crate::error::Error;

/// How a set is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOptions {
    configuration: SetConfiguration,
}

impl SetOptions {
    /// Spread over the nodes with one copy of each value, like Ignite's other data structures.
    #[must_use]
    pub fn new() -> Self {
        let configuration = SetConfiguration {
            atomicity: AtomicityMode::Atomic,
            mode: CacheMode::Partitioned,
            backups: 1,
            group: None,
            collocated: false,
        };
        Self { configuration }
    }

    /// Keeps so many copies of each value besides the first. Default: 1, where Ignite's own clients
    /// say 0: all that is kept in one [group](Self::group) must have the same number, and that of
    /// atomic numbers is 1.
    #[must_use]
    pub fn backups(mut self, copies: u16) -> Self {
        self.configuration.backups = copies.into();
        self
    }

    /// Keeps all values on each node.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.configuration.mode = CacheMode::Replicated;
        self
    }

    /// Keeps it in a transactional cache.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.configuration.atomicity = AtomicityMode::Transactional;
        self
    }

    /// Keeps it in this group of caches.
    #[must_use]
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.configuration.group = Some(name.into());
        self
    }

    /// Keeps the whole set on one node: for many small sets.
    #[must_use]
    pub fn collocated(mut self) -> Self {
        self.configuration.collocated = true;
        self
    }
}

impl Default for SetOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A set of values of type `T` in the grid. Cloning the handle is cheap.
///
/// ```
/// # use portway_ignite::{Client, Error, SetOptions};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let seen = client.set::<String>("seen", SetOptions::new().backups(1)).await?;
/// if seen.add("visitor 7").await? {
///     println!("a new one");
/// }
/// let mut all = seen.values().await?;
/// while let Some(visitor) = all.next().await {
///     println!("{}", visitor?);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Each operation fails with [`Error::Server`] and
/// [`Status::RESOURCE_DOES_NOT_EXIST`](crate::Status::RESOURCE_DOES_NOT_EXIST) once the set was
/// removed, and as every operation of a [`Cache`](crate::Cache).
pub struct IgniteSet<T> {
    pub(super) client: Client,
    pub(super) set: SetName,
    types: Arc<TypesOf>,
    of: PhantomData<fn() -> T>,
}

impl Client {
    /// The set of this name, which is made unless it is there. Operation 9010.
    ///
    /// # Errors
    /// [`Error::Server`] if it is there and kept in another way, and as every operation of a
    /// [`Cache`](crate::Cache).
    pub async fn set<T: WriteValue>(
        &self,
        name: &str,
        options: SetOptions,
    ) -> Result<IgniteSet<T>, Error> {
        let opened = self.open_set(name, Some(options.configuration)).await?;
        opened.ok_or_else(|| Error::Decode {
            operation: "set",
            source: portway_ignite_protocol::DecodeError::UnexpectedNull {
                expected: "the set that was made",
            },
        })
    }

    /// The set of this name, if it is there. Operation 9010.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    pub async fn existing_set<T: WriteValue>(
        &self,
        name: &str,
    ) -> Result<Option<IgniteSet<T>>, Error> {
        self.open_set(name, None).await
    }

    async fn open_set<T: WriteValue>(
        &self,
        name: &str,
        configuration: Option<SetConfiguration>,
    ) -> Result<Option<IgniteSet<T>>, Error> {
        let request = OpenSet {
            name: name.to_owned(),
            configuration,
        };
        // Harmless to repeat, so it is repeated where reads are.
        let build = |_: &_| Request::OpenSet(request.clone());
        let opened: Option<OpenedSet> = self.ask(Operation::read("set"), build).await?;
        Ok(opened.map(|OpenedSet { collocated, cache }| IgniteSet {
            client: self.clone(),
            set: SetName {
                name: name.to_owned(),
                cache,
                collocated,
            },
            types: Arc::new(TypesOf::described_by(T::describe)),
            of: PhantomData,
        }))
    }
}

impl<T> IgniteSet<T> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.set.name
    }

    /// The number of its values. Operation 9020.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn len(&self) -> Result<usize, Error> {
        let operation = Operation::read("len of a set");
        let length: i32 = self.ask(operation, Request::SetSize).await?;
        // A real length is never negative.
        Ok(length.try_into().unwrap_or(0))
    }

    /// Whether it has no values. Operation 9020.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len().await? == 0)
    }

    /// Removes all values. Operation 9021.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn clear(&self) -> Result<(), Error> {
        let operation = Operation::write("clear a set");
        self.ask(operation, Request::ClearSet).await
    }

    /// Whether it is there still. Operation 9012.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    pub async fn exists(&self) -> Result<bool, Error> {
        let operation = Operation::read("look for a set");
        self.ask(operation, Request::SetExists).await
    }

    /// Removes the set with its values for everybody. Operation 9011.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    pub async fn destroy(self) -> Result<(), Error> {
        let operation = Operation::write("destroy a set");
        self.ask(operation, Request::CloseSet).await
    }

    async fn ask<A: Layout>(
        &self,
        operation: Operation<'_>,
        request: impl Fn(SetName) -> Request,
    ) -> Result<A, Error> {
        let build = |_: &_| request(self.set.clone());
        self.client.ask(operation, build).await
    }

    async fn ask_with_value<V: WriteValue + ?Sized>(
        &self,
        operation: Operation<'_>,
        value: &V,
        request: fn(SetValue) -> Request,
    ) -> Result<bool, Error> {
        let build = |encoder: &Encoder| {
            request(SetValue {
                set: self.set.clone(),
                keep_binary: true,
                value: encoder.value(value),
            })
        };
        let operation = self.routed(operation.with_types(&self.types), value);
        self.client.ask(operation, build).await
    }

    async fn ask_with_values<V: WriteValue + ?Sized>(
        &self,
        operation: Operation<'_>,
        values: &[&V],
        request: fn(SetValues) -> Request,
    ) -> Result<bool, Error> {
        let encoded = |encoder: &Encoder| -> Vec<RawValue> {
            values.iter().map(|value| encoder.value(*value)).collect()
        };
        let build = |encoder: &Encoder| {
            request(SetValues {
                set: self.set.clone(),
                keep_binary: true,
                values: encoded(encoder),
            })
        };
        let operation = operation.with_types(&self.types);
        self.client.ask(operation, build).await
    }

    /// To the node that holds the value, or the whole set.
    fn routed<'t, V: WriteValue + ?Sized>(
        &self,
        operation: Operation<'t>,
        value: &V,
    ) -> Operation<'t> {
        if self.set.collocated {
            let place = java::string_hash(&self.set.name);
            return self.client.routed_to_key(operation, self.set.cache, &place);
        }
        self.client.routed_to_key(operation, self.set.cache, value)
    }
}

/// Values are borrowed, and may be given in a borrowed form as in the standard collections.
impl<T: WriteValue> IgniteSet<T> {
    /// Adds a value; answers whether the set did not have it. Operation 9013.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn add<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized,
    {
        self.ask_with_value(Operation::write("add to a set"), value, Request::AddToSet)
            .await
    }

    /// Adds values; answers whether the set changed. Operation 9014.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be added and others not.
    pub async fn add_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        let operation = Operation::write("add values to a set");
        self.ask_with_values(operation, &values, Request::AddAllToSet)
            .await
    }

    /// Removes a value; answers whether the set had it. Operation 9015.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn remove<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized,
    {
        let operation = Operation::write("remove from a set");
        self.ask_with_value(operation, value, Request::RemoveFromSet)
            .await
    }

    /// Removes values; answers whether the set changed. Operation 9016.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be removed and others not.
    pub async fn remove_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        let operation = Operation::write("remove values from a set");
        self.ask_with_values(operation, &values, Request::RemoveAllFromSet)
            .await
    }

    /// Removes all values but these; answers whether the set changed. Operation 9019.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be removed and others not.
    pub async fn retain_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        let operation = Operation::write("retain values in a set");
        self.ask_with_values(operation, &values, Request::RetainInSet)
            .await
    }

    /// Whether the set has a value. Operation 9017.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn contains<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized,
    {
        let operation = Operation::read("look into a set");
        self.ask_with_value(operation, value, Request::SetContains)
            .await
    }

    /// Whether the set has all of these values. Operation 9018.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    pub async fn contains_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: std::borrow::Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        let operation = Operation::read("look for values in a set");
        self.ask_with_values(operation, &values, Request::SetContainsAll)
            .await
    }
}

impl<T: ReadValue> IgniteSet<T> {
    /// Walks over the values, in no order. Operations 9022 and 9023.
    ///
    /// Values that are added or removed meanwhile may be seen or not.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`], and [`Error::TooManyResources`].
    pub async fn values(&self) -> Result<SetCursor<T>, Error> {
        SetCursor::open(self).await
    }
}

impl<T> Clone for IgniteSet<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            set: self.set.clone(),
            types: self.types.clone(),
            of: PhantomData,
        }
    }
}

impl<T> fmt::Debug for IgniteSet<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("IgniteSet")
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}
