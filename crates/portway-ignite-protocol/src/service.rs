//! Services (operations 7000 to 7003).
//!
//! ```text
//! invoke  service str | flags u8 | time-out i64 | nodes i32 n x uuid | method str |
//!         arguments i32 n x ([flag 2: type i32] value) | [feature 10: context map or null]
//! ```

use uuid::Uuid;

use crate::cluster::NodeId;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::feature::Feature;
use crate::metadata::Platform;
use crate::value::{MapKind, RawValue, tag};

const FLAG_KEEP_BINARY: u8 = 1;
const FLAG_PARAMETER_TYPES: u8 = 2;

/// The arguments of a service call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceArguments {
    /// The server looks for a method of this name that takes these values.
    Untyped(Vec<RawValue>),
    /// The server takes the method with these parameter types, which are told by the hash of
    /// their Java names.
    Typed(Vec<(i32, RawValue)>),
}

/// Calls a method of a service. Answers its result, a [`RawValue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeService {
    /// The name that the service was deployed under.
    pub service: String,
    /// Whether objects are given to the service, and come back, in binary form.
    pub keep_binary: bool,
    /// How many milliseconds the server waits for the service to be there; 0 for ever.
    pub timeout: i64,
    /// The nodes that may run it; empty for all servers.
    pub nodes: Vec<NodeId>,
    /// The name of the method.
    pub method: String,
    /// What it is given.
    pub arguments: ServiceArguments,
    /// What the service can ask its call context for: strings and byte arrays by name. Not sent
    /// without [`Feature::ServiceCallContext`].
    pub context: Vec<(String, RawValue)>,
}

impl Layout for InvokeService {
    const MINIMUM_SIZE: usize = 27;

    fn encode(&self, writer: &mut Writer) {
        self.service.encode(writer);
        writer.u8(self.flags());
        writer.i64(self.timeout);
        self.nodes.encode(writer);
        self.method.encode(writer);
        match &self.arguments {
            ServiceArguments::Untyped(values) => values.encode(writer),
            ServiceArguments::Typed(values) => values.encode(writer),
        }
        if writer.dialect().has(Feature::ServiceCallContext) {
            encode_context(&self.context, writer);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let service = reader.string()?;
        let flags = reader.u8()?;
        Ok(Self {
            service,
            keep_binary: flags & FLAG_KEEP_BINARY != 0,
            timeout: reader.i64()?,
            nodes: Layout::decode(reader)?,
            method: reader.string()?,
            arguments: decode_arguments(flags, reader)?,
            context: decode_context(reader)?,
        })
    }
}

impl InvokeService {
    fn flags(&self) -> u8 {
        let keep_binary = if self.keep_binary {
            FLAG_KEEP_BINARY
        } else {
            0
        };
        match self.arguments {
            ServiceArguments::Untyped(_) => keep_binary,
            ServiceArguments::Typed(_) => keep_binary | FLAG_PARAMETER_TYPES,
        }
    }
}

fn decode_arguments(flags: u8, reader: &mut Reader<'_>) -> Result<ServiceArguments, DecodeError> {
    if flags & FLAG_PARAMETER_TYPES == 0 {
        Layout::decode(reader).map(ServiceArguments::Untyped)
    } else {
        Layout::decode(reader).map(ServiceArguments::Typed)
    }
}

/// A tagged map, or null if there is nothing in it.
fn encode_context(context: &[(String, RawValue)], writer: &mut Writer) {
    if context.is_empty() {
        return writer.null();
    }
    writer.u8(tag::MAP);
    writer.count(context.len());
    MapKind::HashMap.encode(writer);
    for (name, value) in context {
        name.encode(writer);
        value.encode(writer);
    }
}

fn decode_context(reader: &mut Reader<'_>) -> Result<Vec<(String, RawValue)>, DecodeError> {
    let is_told = reader.dialect().has(Feature::ServiceCallContext);
    if !is_told || reader.take_null() {
        return Ok(Vec::new());
    }
    reader.expect_tag(tag::MAP, "a call context")?;
    let count = reader.count(<(String, RawValue)>::MINIMUM_SIZE)?;
    MapKind::decode(reader)?;
    (0..count).map(|_| Layout::decode(reader)).collect()
}

/// What a service is. The answer to a list of all is a `Vec` of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDescriptor {
    /// The name that it was deployed under.
    pub name: String,
    /// The name of its class.
    pub class: String,
    /// How many instances the cluster has at most; 0 for any number.
    pub total_count: i32,
    /// How many instances a node has at most; 0 for any number.
    pub per_node_count: i32,
    /// The cache by whose keys its nodes are chosen.
    pub cache: Option<String>,
    /// The node that deployed it.
    pub origin: Uuid,
    /// What its class is written in.
    pub platform: Platform,
}

sequence!(ServiceDescriptor {
    name: String,
    class: String,
    total_count: i32,
    per_node_count: i32,
    cache: Option<String>,
    origin: Uuid,
    platform: Platform,
});
