//! Services (operations 7000 to 7003).
//!
//! ```text
//! invoke  service str | flags u8 | time-out i64 | nodes i32 n x uuid | method str |
//!         arguments i32 n x ([flag 2: type i32] value) | [feature 10: context map or null]
//! ```

use std::borrow::Cow;

use uuid::Uuid;

use crate::cluster::NodeId;
use crate::codec::{DecodeError, Layout, Reader, Writer, sequence};
use crate::feature::Feature;
use crate::java;
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

/// The number that tells a server the type of a parameter, from the name of its Java class.
///
/// Names are those of `Class.getName()` or of Java's source: `int`, `java.lang.Integer`,
/// `java.util.List`, `[J`, `long[]`, `java.lang.String[]`, `com.example.Order`. Of the classes of
/// the JDK those are known that have a counterpart in the protocol, and all interfaces.
///
/// ```
/// # use portway_ignite_protocol::parameter_type_id;
/// assert_eq!(parameter_type_id("java.lang.String"), 9);
/// assert_eq!(parameter_type_id("long[]"), parameter_type_id("[J"));
/// assert_ne!(parameter_type_id("int"), parameter_type_id("java.lang.Integer"));
/// ```
pub fn parameter_type_id(class: &str) -> i32 {
    let name = class_name(class);
    let simple = name.rsplit(['.', '$']).next().unwrap_or_default();
    if let Some((_, known)) = KNOWN_CLASSES.iter().find(|(class, _)| *class == simple) {
        return *known;
    }
    if COLLECTION_CLASSES.contains(&simple) {
        return java::type_id(simple);
    }
    java::type_id(&name)
}

/// The name as `Class.getName()` has it.
fn class_name(class: &str) -> Cow<'_, str> {
    let Some(element) = class.strip_suffix("[]") else {
        return Cow::Borrowed(class);
    };
    let primitives = [
        ("byte", "[B"),
        ("short", "[S"),
        ("int", "[I"),
        ("long", "[J"),
        ("float", "[F"),
        ("double", "[D"),
        ("char", "[C"),
        ("boolean", "[Z"),
    ];
    match primitives.iter().find(|(name, _)| *name == element) {
        Some((_, code)) => Cow::Borrowed(code),
        None => Cow::Owned(format!("[L{element};")),
    }
}

/// Classes that have numbers of their own, by their simple names.
const KNOWN_CLASSES: &[(&str, i32)] = &[
    ("Object", -1),
    ("Byte", tag::BYTE as i32),
    ("Boolean", tag::BOOL as i32),
    ("Short", tag::SHORT as i32),
    ("Character", tag::CHAR as i32),
    ("Integer", tag::INT as i32),
    ("Long", tag::LONG as i32),
    ("Float", tag::FLOAT as i32),
    ("Double", tag::DOUBLE as i32),
    ("String", tag::STRING as i32),
    ("BigDecimal", tag::DECIMAL as i32),
    ("Date", tag::DATE as i32),
    ("Timestamp", tag::TIMESTAMP as i32),
    ("Time", tag::TIME as i32),
    ("UUID", tag::UUID as i32),
    ("[B", tag::BYTE_ARRAY as i32),
    ("[S", tag::SHORT_ARRAY as i32),
    ("[I", tag::INT_ARRAY as i32),
    ("[J", tag::LONG_ARRAY as i32),
    ("[F", tag::FLOAT_ARRAY as i32),
    ("[D", tag::DOUBLE_ARRAY as i32),
    ("[C", tag::CHAR_ARRAY as i32),
    ("[Z", tag::BOOL_ARRAY as i32),
    ("BigDecimal;", tag::DECIMAL_ARRAY as i32),
    ("String;", tag::STRING_ARRAY as i32),
    ("UUID;", tag::UUID_ARRAY as i32),
    ("Date;", tag::DATE_ARRAY as i32),
    ("Timestamp;", tag::TIMESTAMP_ARRAY as i32),
    ("Time;", tag::TIME_ARRAY as i32),
    ("Object;", tag::OBJECT_ARRAY as i32),
];

/// Classes whose numbers are made of their simple names.
const COLLECTION_CLASSES: &[&str] = &[
    "ArrayList",
    "LinkedList",
    "HashSet",
    "LinkedHashSet",
    "HashMap",
    "LinkedHashMap",
];

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
        // A real server says of no name what it says of an empty one.
        let service = reader.optional_string()?.unwrap_or_default();
        let flags = reader.u8()?;
        Ok(Self {
            service,
            keep_binary: flags & FLAG_KEEP_BINARY != 0,
            timeout: reader.i64()?,
            nodes: Layout::decode(reader)?,
            method: reader.optional_string()?.unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a Java thin client of Ignite 2.17.0 answers to `binary().typeId(name)`.
    #[test]
    fn classes_have_the_numbers_that_servers_know() {
        for (class, number) in [
            ("java.lang.String", 9),
            ("java.lang.Boolean", 8),
            ("java.lang.Object", -1),
            ("boolean", 64_711_720),
            ("int", 104_431),
            ("double", -1_325_958_191),
            ("[I", 14),
            ("[Ljava.lang.String;", 20),
            ("java.util.UUID", 10),
            ("java.util.List", 66_774_590),
            ("java.util.Map", -1_383_318_596),
            ("java.util.ArrayList", -1_424_208_265),
            ("java.util.HashMap", 697_541_006),
            ("com.Foo", 948_522_713),
        ] {
            assert_eq!(parameter_type_id(class), number, "{class}");
        }
    }
}
