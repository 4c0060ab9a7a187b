//! Sets of values in the grid.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use portway_ignite_protocol::{
    DecodeError, Layout, OpenSet, OpenedSet, ReadValue, Request, SetConfiguration, SetName,
    WriteValue,
};

use super::{SetCursor, SetOptions};
use crate::client::{Client, Operation, TypesOf};
use crate::error::Error;

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
    pub(super) types: Arc<TypesOf>,
    of: PhantomData<fn() -> T>,
}

impl Client {
    /// The set of this name, which is made unless it is there. Operation 9010.
    ///
    /// # Errors
    /// [`Error::Server`] if it is there and kept in another way, and as every operation of a
    /// [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn set<T: WriteValue>(
        &self,
        name: &str,
        options: SetOptions,
    ) -> Result<IgniteSet<T>, Error> {
        let opened = self.open_set(name, Some(options.configuration)).await?;
        match opened {
            Some(set) => Ok(set),
            None => Err(Error::Decode {
                operation: "set",
                source: DecodeError::UnexpectedNull {
                    expected: "the set that was made",
                },
            }),
        }
    }

    /// The set of this name, if it is there. Operation 9010.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
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
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
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
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len().await? == 0)
    }

    /// Removes all values. Operation 9021.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn clear(&self) -> Result<(), Error> {
        let operation = Operation::write("clear a set");
        self.ask(operation, Request::ClearSet).await
    }

    /// Whether it is there still. Operation 9012.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn exists(&self) -> Result<bool, Error> {
        let operation = Operation::read("look for a set");
        self.ask(operation, Request::SetExists).await
    }

    /// Removes the set with its values for everybody. Operation 9011.
    ///
    /// # Errors
    /// As every operation of a [`Cache`](crate::Cache).
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
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
}

impl<T: ReadValue> IgniteSet<T> {
    /// Walks over the values, in no order. Operations 9022 and 9023.
    ///
    /// Values that are added or removed meanwhile may be seen or not.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`], and [`Error::TooManyResources`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time: what it opened is closed on the server.
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
