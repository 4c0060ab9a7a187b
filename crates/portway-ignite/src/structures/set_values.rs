//! The values of a set: adding, removing, looking for them.

use std::borrow::Borrow;

use portway_ignite_protocol::{Request, SetValue, SetValues, WriteValue, java};

use super::IgniteSet;
use crate::client::{Encoder, Operation};
use crate::error::Error;

/// Values are borrowed, and may be given in a borrowed form as in the standard collections.
impl<T: WriteValue> IgniteSet<T> {
    /// Adds a value; answers whether the set did not have it. Operation 9013.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn add<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized,
    {
        self.ask_with_value(Operation::write("add to a set"), value, Request::AddToSet)
            .await
    }

    /// Adds values; answers whether the set changed. No values ask nobody. Operation 9014.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be added and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn add_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        if values.is_empty() {
            return Ok(false);
        }
        let operation = Operation::write("add values to a set");
        self.ask_with_values(operation, &values, Request::AddAllToSet)
            .await
    }

    /// Removes a value; answers whether the set had it. Operation 9015.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized,
    {
        let operation = Operation::write("remove from a set");
        self.ask_with_value(operation, value, Request::RemoveFromSet)
            .await
    }

    /// Removes values; answers whether the set changed. No values ask nobody. Operation 9016.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be removed and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn remove_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        if values.is_empty() {
            return Ok(false);
        }
        let operation = Operation::write("remove values from a set");
        self.ask_with_values(operation, &values, Request::RemoveAllFromSet)
            .await
    }

    /// Removes all values but these; answers whether the set changed. Operation 9019.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`]. Some values may then be removed and others not.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn retain_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: Borrow<V>,
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
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn contains<V>(&self, value: &V) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized,
    {
        let operation = Operation::read("look into a set");
        self.ask_with_value(operation, value, Request::SetContains)
            .await
    }

    /// Whether the set has all of these values, as it has if they are none. Operation 9018.
    ///
    /// # Errors
    /// As every operation of an [`IgniteSet`].
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn contains_all<'v, V>(
        &self,
        values: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error>
    where
        T: Borrow<V>,
        V: WriteValue + ?Sized + 'v,
    {
        let values: Vec<&V> = values.into_iter().collect();
        if values.is_empty() {
            return Ok(true);
        }
        let operation = Operation::read("look for values in a set");
        self.ask_with_values(operation, &values, Request::SetContainsAll)
            .await
    }
}

impl<T> IgniteSet<T> {
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
        let build = |encoder: &Encoder| {
            request(SetValues {
                set: self.set.clone(),
                keep_binary: true,
                values: values.iter().map(|value| encoder.value(*value)).collect(),
            })
        };
        let operation = operation.with_types(&self.types);
        let operation = match values.first() {
            Some(first) => self.routed(operation, *first),
            None => operation,
        };
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
