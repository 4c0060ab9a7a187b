//! Binary types: told to the grid before the first write, and asked for.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use portway_ignite_protocol::{
    BinaryConfiguration, BinaryType, Platform, RawValue, ReadValue, Request, Status, TypeRegistry,
    WriteValue, decode_body, java,
};

use tokio::time::timeout;

use crate::connection::{Connection, Leaves, ToldTypes};
use crate::error::Error;

use super::Client;
use super::clusters::Clusters;

/// Tells the binary types of a Rust type.
pub(crate) type Describe = fn(&mut TypeRegistry);

/// The binary types of some Rust types, and where they were last told.
pub(crate) struct TypesOf {
    /// Empty if none of them consists of binary types: then there is nothing to tell.
    describe: Vec<Describe>,
    /// The serial number of the cluster that knows them; 0 is none.
    told: AtomicU64,
}

impl TypesOf {
    pub(crate) fn pair<K: WriteValue, V: WriteValue>() -> Self {
        Self::described_by_all([K::describe as Describe, V::describe])
    }

    /// The types that `describe` tells.
    pub(crate) fn described_by(describe: Describe) -> Self {
        Self::described_by_all([describe])
    }

    /// The types that any of them tells.
    pub(crate) fn described_by_all(describe: impl IntoIterator<Item = Describe>) -> Self {
        let has_types = |describe: &Describe| {
            let mut types = TypeRegistry::default();
            describe(&mut types);
            types.conflict().is_some() || types.iter().next().is_some()
        };
        Self {
            describe: describe.into_iter().filter(has_types).collect(),
            told: AtomicU64::new(0),
        }
    }

    /// Whether the cluster behind `connection` knows them.
    pub(super) fn are_told(&self, clusters: &Clusters, connection: &Connection) -> bool {
        self.describe.is_empty()
            || self.told.load(Ordering::Relaxed) == clusters.told(connection).serial()
    }

    /// Tells the cluster behind `connection` the binary types, unless it knows them.
    pub(super) async fn tell(
        &self,
        clusters: &Clusters,
        connection: &Connection,
    ) -> Result<(), Error> {
        let told = clusters.told(connection);
        if self.told.load(Ordering::Relaxed) == told.serial() {
            return Ok(());
        }
        let mut registry = TypeRegistry::new(connection.binary().await?);
        for describe in &self.describe {
            describe(&mut registry);
        }
        tell_types(told, connection, &registry).await?;
        self.told.store(told.serial(), Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Debug for TypesOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TypesOf").finish_non_exhaustive()
    }
}

impl Client {
    /// How the cluster wants binary objects to be written. A
    /// [`BinaryObjectBuilder`](crate::BinaryObjectBuilder) that is built with it makes objects that
    /// are equal, as keys must be, to those of other members.
    ///
    /// # Errors
    /// As every operation, while the grid is away.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn binary_configuration(&self) -> Result<BinaryConfiguration, Error> {
        const NAME: &str = "read the binary configuration";
        let limit = self.request_timeout();
        let asking = async { self.any_connection().await?.binary().await };
        let binary = timeout(limit, asking).await;
        binary.unwrap_or(Err(Error::TimedOut {
            operation: NAME,
            limit,
        }))
    }

    /// Reads a value that was kept as bytes, and fetches the binary types that it turns out to need.
    ///
    /// # Errors
    /// [`Error::Decode`] when it is of another type, and as every operation.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn read<T: ReadValue>(&self, value: &RawValue) -> Result<T, Error> {
        self.decode("read a value", |schemas| value.read_with(schemas))
            .await
    }

    /// What the grid knows of a binary type: its fields, or the members of an enumeration.
    /// Operation 3002.
    ///
    /// # Errors
    /// As every operation.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time; a late answer is discarded.
    pub async fn binary_type(&self, type_name: &str) -> Result<Option<BinaryType>, Error> {
        let binary = self.binary_configuration().await?;
        let mapped = binary.name_mapper.map(type_name);
        self.fetch_type(java::type_id(mapped)).await
    }

    /// Registers a binary type, or adds fields and members to it. Operations 3003 and 3001.
    ///
    /// Types of structures and of [`BinaryObjectBuilder`](crate::BinaryObjectBuilder)s register
    /// themselves. This is for an enumeration that is known only at run time:
    ///
    /// ```no_run
    /// # use portway_ignite::{Client, protocol::BinaryType};
    /// # async fn register(client: Client) -> Result<(), portway_ignite::Error> {
    /// let members = vec![("RED".to_owned(), 0), ("GREEN".to_owned(), 1)];
    /// let colour = BinaryType::enumeration("com.example.Colour", members);
    /// client.register_binary_type(&colour).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::TypeConflict`] when it contradicts what the grid knows, and as every operation.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn register_binary_type(&self, binary_type: &BinaryType) -> Result<(), Error> {
        let connection = self.any_connection().await?;
        let told = self.shared.clusters.told(&connection);
        tell_type(told, &connection, binary_type).await
    }

    /// Whether all types that came up while a request was written are known to the cluster.
    pub(super) fn are_told(&self, connection: &Connection, types: &TypeRegistry) -> bool {
        let told = self.shared.clusters.told(connection);
        types.conflict().is_none() && types.iter().all(|written| told.contains(written))
    }

    /// Tells the types that came up while a request was written.
    pub(super) async fn tell_written(
        &self,
        connection: &Connection,
        types: &TypeRegistry,
    ) -> Result<(), Error> {
        let told = self.shared.clusters.told(connection);
        tell_types(told, connection, types).await
    }
}

async fn tell_types(
    told: &ToldTypes,
    connection: &Connection,
    types: &TypeRegistry,
) -> Result<(), Error> {
    if let Some(conflict) = types.conflict() {
        return Err(Error::TypeConflict(conflict.clone().into()));
    }
    for binary_type in types.iter() {
        tell_type(told, connection, binary_type).await?;
    }
    Ok(())
}

/// Tells one type with its name, so that Java nodes can find its class.
async fn tell_type(
    told: &ToldTypes,
    connection: &Connection,
    binary_type: &BinaryType,
) -> Result<(), Error> {
    if told.contains(binary_type) {
        return Ok(());
    }
    if let Err(refusal) = put_type(connection, binary_type).await {
        put_adapted(connection, binary_type, refusal).await?;
    }
    if let Some(name) = &binary_type.name {
        let request = Request::PutTypeName((Platform::Java, (binary_type.id, name.clone())));
        send(connection, "register a type name", &request).await?;
    }
    told.add(binary_type);
    Ok(())
}

/// Tells a type that was refused in the words of the grid.
///
/// The node refuses a contradiction in words of its own, which need not name the field: what it
/// knows is compared here.
async fn put_adapted(
    connection: &Connection,
    told: &BinaryType,
    refusal: Error,
) -> Result<(), Error> {
    if refusal.status() != Some(Status::FAILED) {
        return Err(refusal);
    }
    let Some(mut known) = ask_type(connection, told.id).await? else {
        return Err(refusal);
    };
    let adapted = told.adapted_to(&known);
    if let Err(conflict) = known.merge(&adapted) {
        return Err(Error::TypeConflict(conflict.into()));
    }
    if adapted == *told {
        return Err(refusal);
    }
    put_type(connection, &adapted).await
}

async fn put_type(connection: &Connection, binary_type: &BinaryType) -> Result<(), Error> {
    let request = Request::PutBinaryType(binary_type.clone());
    send(connection, "register a binary type", &request).await
}

async fn ask_type(connection: &Connection, type_id: i32) -> Result<Option<BinaryType>, Error> {
    const OPERATION: &str = "read a binary type";
    let request = Request::BinaryType(type_id);
    let reply = connection
        .request(OPERATION, &request, Leaves::Nothing)
        .await?;
    let dialect = connection.agreement().dialect;
    decode_body(&reply.body, dialect).map_err(|source| Error::Decode {
        operation: OPERATION,
        source,
    })
}

async fn send(
    connection: &Connection,
    operation: &'static str,
    request: &Request,
) -> Result<(), Error> {
    let reply = connection.request(operation, request, Leaves::Nothing);
    reply.await.map(drop)
}
