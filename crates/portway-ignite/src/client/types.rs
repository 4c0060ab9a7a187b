//! Binary types: told to the grid before the first write, asked for when an unknown one is read.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use portway_ignite_protocol::{
    BinaryType, DecodeError, Platform, Request, SchemaSource, TypeRegistry, WriteValue,
};

use crate::connection::{Connection, Leaves};
use crate::error::Error;

use super::Client;
use super::operation::Operation;

/// Fetched types are kept up to this number and then forgotten together, so that a grid with an
/// endless number of types costs requests and not memory.
const KNOWN_TYPES_LIMIT: usize = 4096;

/// The binary types of a pair of Rust types, and where they were last told.
///
/// Types are told once for each connection: behind another one may be a grid that was started
/// afresh.
pub(crate) struct TypesOf {
    describe: fn(&mut TypeRegistry),
    /// Describes what is beside the pair.
    also: Option<fn(&mut TypeRegistry)>,
    /// The serial number of the connection that knows them; 0 is none.
    told: AtomicU64,
}

impl TypesOf {
    pub(crate) fn pair<K: WriteValue, V: WriteValue>() -> Self {
        Self {
            describe: describe_pair::<K, V>,
            also: None,
            told: AtomicU64::new(0),
        }
    }

    /// The same types with others, which `describe` tells.
    pub(crate) fn and(self, describe: Option<fn(&mut TypeRegistry)>) -> Self {
        Self {
            also: describe,
            ..self
        }
    }

    /// Tells the node behind `connection` the binary types, unless it knows them.
    pub(crate) async fn tell(&self, connection: &Connection) -> Result<(), Error> {
        if self.told.load(Ordering::Relaxed) == connection.serial() {
            return Ok(());
        }
        let mut registry = TypeRegistry::new(connection.agreement().binary);
        (self.describe)(&mut registry);
        if let Some(describe) = self.also {
            describe(&mut registry);
        }
        for binary_type in registry.iter() {
            tell_type(connection, binary_type).await?;
        }
        self.told.store(connection.serial(), Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Debug for TypesOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TypesOf").finish_non_exhaustive()
    }
}

fn describe_pair<K: WriteValue, V: WriteValue>(registry: &mut TypeRegistry) {
    K::describe(registry);
    V::describe(registry);
}

/// The types that were fetched from the grid.
#[derive(Debug, Default)]
pub(crate) struct Schemas(RwLock<TypeRegistry>);

impl Schemas {
    fn add(&self, fetched: BinaryType) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.iter().count() >= KNOWN_TYPES_LIMIT {
            *known = TypeRegistry::default();
        }
        // Another grid may stand behind the new connection: what it says now is what counts.
        if known.add(fetched.clone()).is_err() {
            *known = TypeRegistry::default();
            let _ = known.add(fetched);
        }
    }
}

impl SchemaSource for Schemas {
    fn field_ids(&self, type_id: i32, schema_id: i32) -> Option<Vec<i32>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.field_ids(type_id, schema_id)
    }
}

impl Client {
    /// Runs `decode`, and fetches the types that it turns out to need.
    pub(crate) async fn decode<T>(
        &self,
        operation: &'static str,
        decode: impl Fn(&dyn SchemaSource) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        let schemas = &self.shared.schemas;
        let mut last_fetched = None;
        loop {
            match decode(schemas) {
                Err(DecodeError::UnknownSchema { type_id, schema_id })
                    if last_fetched != Some((type_id, schema_id)) =>
                {
                    self.fetch_type(type_id).await?;
                    last_fetched = Some((type_id, schema_id));
                }
                result => {
                    return result.map_err(|source| Error::Decode { operation, source });
                }
            }
        }
    }

    async fn fetch_type(&self, type_id: i32) -> Result<(), Error> {
        let fetched: Option<BinaryType> = self
            .ask(Operation::system("read a binary type"), |_| {
                Request::BinaryType(type_id)
            })
            .await?;
        if let Some(fetched) = fetched {
            self.shared.schemas.add(fetched);
        }
        Ok(())
    }
}

/// Tells one type with its name, so that Java nodes can find its class.
async fn tell_type(connection: &Connection, binary_type: &BinaryType) -> Result<(), Error> {
    if connection.told_types().contains(binary_type) {
        return Ok(());
    }
    let request = Request::PutBinaryType(binary_type.clone());
    connection
        .request("register a binary type", &request, Leaves::Nothing)
        .await?;
    if let Some(name) = &binary_type.name {
        let request = Request::PutTypeName((Platform::Java, (binary_type.id, name.clone())));
        connection
            .request("register a type name", &request, Leaves::Nothing)
            .await?;
    }
    connection.told_types().add(binary_type);
    Ok(())
}
