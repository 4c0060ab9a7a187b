//! Binary types that were fetched from the grid, to read objects that others wrote.

use std::sync::{Arc, PoisonError, RwLock};

use portway_ignite_protocol::{
    BinaryType, DecodeError, ReadValue, Request, SchemaSource, TypeRegistry, decode_value, java,
};

use crate::error::Error;
use crate::topology::KeyTypes;

use super::Client;
use super::answer::Answer;
use super::fetches::Fetched;
use super::operation::Operation;

/// Fetched types are kept up to this number and then forgotten together, so that a grid with an
/// endless number of types costs requests and not memory.
const KNOWN_TYPES_LIMIT: usize = 4096;

/// The types that were fetched from the grid. Objects that were read hold on to them as they were.
#[derive(Debug, Default)]
pub(crate) struct Schemas(RwLock<Arc<TypeRegistry>>);

/// An answer that is a value or null.
pub(super) enum Value<T> {
    Read(Option<T>),
    /// A type has to be fetched first.
    Unread(Box<Answer>),
}

impl Schemas {
    /// Takes over what is said of a type.
    pub(crate) fn add(&self, fetched: BinaryType) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = Arc::make_mut(&mut known);
        if known.iter().count() >= KNOWN_TYPES_LIMIT {
            *known = TypeRegistry::default();
        }
        // Another grid may stand behind the new connection: what it says now is what counts.
        if known.add(fetched.clone()).is_err() {
            *known = TypeRegistry::default();
            let _ = known.add(fetched);
        }
    }

    fn types(&self) -> Arc<TypeRegistry> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl SchemaSource for Schemas {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        self.types().field_ids(type_id, schema_id)
    }

    fn snapshot(&self) -> Option<Arc<TypeRegistry>> {
        Some(self.types())
    }
}

impl KeyTypes for Schemas {
    fn affinity_field(&self, type_id: i32) -> Option<Option<i32>> {
        let known = self.types();
        let found = known.find(type_id)?;
        Some(found.affinity_key.as_deref().map(java::field_id))
    }
}

impl Client {
    /// Runs `decode`, and fetches the types that it turns out to need. A fetch goes on if the future
    /// is dropped.
    pub(crate) async fn decode<T>(
        &self,
        operation: &'static str,
        decode: impl Fn(&dyn SchemaSource) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        let schemas = &*self.shared.schemas;
        let mut last_fetched = None;
        loop {
            match decode(schemas) {
                Err(DecodeError::UnknownSchema { type_id, schema_id })
                    if last_fetched != Some((type_id, schema_id)) =>
                {
                    if self.fetch_shared(operation, type_id).await? == Fetched::Now {
                        last_fetched = Some((type_id, schema_id));
                    }
                }
                result => {
                    return result.map_err(|source| Error::Decode { operation, source });
                }
            }
        }
    }

    /// Asks the grid for a type, unless this schema of it is known.
    pub(crate) async fn know_schema(&self, type_id: i32, schema_id: i32) -> Result<(), Error> {
        if self.shared.schemas.field_ids(type_id, schema_id).is_none() {
            self.fetch_type(type_id).await?;
        }
        Ok(())
    }

    /// Reads an answer that is a value or null, unless a type has to be fetched for it.
    pub(super) fn value_at_once<T: ReadValue>(&self, answer: Answer) -> Result<Value<T>, Error> {
        match decode_value(&answer.reply.body, &*self.shared.schemas) {
            Ok(value) => Ok(Value::Read(value)),
            Err(DecodeError::UnknownSchema { .. }) => Ok(Value::Unread(Box::new(answer))),
            Err(source) => Err(Error::Decode {
                operation: answer.operation(),
                source,
            }),
        }
    }

    /// Reads an answer that is a value or null.
    pub(crate) async fn value<T: ReadValue>(&self, answer: &Answer) -> Result<Option<T>, Error> {
        let decode = |schemas: &dyn SchemaSource| decode_value(&answer.reply.body, schemas);
        self.decode(answer.operation(), decode).await
    }

    /// Asks the grid for a type, whether or not it is known.
    pub(super) async fn fetch_type(&self, type_id: i32) -> Result<Option<BinaryType>, Error> {
        let operation = Operation::system("read a binary type");
        let fetched: Option<BinaryType> = self
            .ask(operation, |_| Request::BinaryType(type_id))
            .await?;
        if let Some(fetched) = &fetched {
            self.shared.schemas.add(fetched.clone());
        }
        Ok(fetched)
    }
}
