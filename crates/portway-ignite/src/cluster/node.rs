//! One node, as the cluster describes it.

use std::fmt;

use portway_ignite_protocol::{
    DecodeError, NodeDetails, ProductVersion, RawValue, ReadValue, Value,
};
use uuid::Uuid;

/// A node of the cluster.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterNode {
    /// Its id, which is another one after each start.
    pub id: Uuid,
    /// What names it across restarts.
    pub consistent_id: String,
    /// Its addresses, of which clients may not reach all.
    pub addresses: Vec<String>,
    /// The names of its machine.
    pub host_names: Vec<String>,
    /// The version of its program, such as `2.17.0`.
    pub version: String,
    /// Counts joins and leaves of nodes up to its own join: the oldest node has the least.
    pub order: i64,
    /// Whether it holds no data.
    pub is_client: bool,
    /// Whether it is the node that answered.
    pub is_local: bool,
    attributes: Vec<(String, RawValue)>,
}

impl ClusterNode {
    pub(super) fn read(details: NodeDetails) -> Result<Self, DecodeError> {
        Ok(Self {
            id: details.id,
            consistent_id: shown(&details.consistent_id)?,
            addresses: texts(&details.addresses)?,
            host_names: texts(&details.host_names)?,
            version: version(&details.version),
            order: details.order,
            is_client: details.client,
            is_local: details.local,
            attributes: details.attributes,
        })
    }

    /// The value of an attribute; `None` if the node has none of this name.
    ///
    /// # Errors
    /// A [`DecodeError`] if the value is no `T`.
    pub fn attribute<T: ReadValue>(&self, name: &str) -> Result<Option<T>, DecodeError> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.read()).transpose()
    }

    /// The names of its attributes, those of Ignite itself (`org.apache.ignite...`) and of Java
    /// included.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }
}

/// Any value may name a node; most are texts.
fn shown(value: &RawValue) -> Result<String, DecodeError> {
    match value.read::<Value>()? {
        Value::String(text) => Ok(text),
        other => Ok(other.to_string()),
    }
}

/// A list that may be null.
fn texts(list: &RawValue) -> Result<Vec<String>, DecodeError> {
    if list.is_null() {
        return Ok(Vec::new());
    }
    list.read()
}

fn version(version: &ProductVersion) -> String {
    let ProductVersion {
        major,
        minor,
        maintenance,
        stage,
        ..
    } = version;
    match stage.as_deref() {
        None | Some("" | "release" | "final") => format!("{major}.{minor}.{maintenance}"),
        Some(stage) => format!("{major}.{minor}.{maintenance}-{stage}"),
    }
}

/// Without the attributes, of which there are a hundred, the environment of the process included.
impl fmt::Debug for ClusterNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClusterNode")
            .field("id", &self.id)
            .field("consistent_id", &self.consistent_id)
            .field("version", &self.version)
            .field("is_client", &self.is_client)
            .finish_non_exhaustive()
    }
}
