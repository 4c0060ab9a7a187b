//! What is said of classes of Java, of which there are none here.

use portway_ignite_protocol::{ObjectHeader, Platform, RawValue, ServerError, tag};

use super::Context;
use super::answer::failed;

/// The platform byte of a class of Java that came from a client.
const JAVA: u8 = 1;
const DOTNET: u8 = 2;

impl Context<'_> {
    /// Why an object is no class that can run here, in the words of a node that does not find it.
    pub(super) fn no_such_class(&self, object: &RawValue, platform: u8) -> ServerError {
        let message = match platform {
            JAVA => self.missing_class(object),
            DOTNET => self.no_platforms(),
            other => format!("Invalid client ScanQuery filter code: {other}"),
        };
        failed(message)
    }

    fn no_platforms(&self) -> String {
        format!(
            "Platforms are not available [nodeId={}] (Use Apache.Ignite.Core.Ignition.Start() or \
             Apache.Ignite.exe to start Ignite.NET nodes; ignite::Ignition::Start() or ignite.exe \
             to start Ignite C++ nodes).",
            self.host.node
        )
    }

    /// A real node resolves the name of the class, then does not find the class.
    pub(super) fn missing_class(&self, object: &RawValue) -> String {
        let Ok(header) = ObjectHeader::parse(object.as_bytes()) else {
            let class = class_name(object);
            return format!(
                "class {class} cannot be cast to class org.apache.ignite.binary.BinaryObject"
            );
        };
        let type_id = header.type_id;
        let name = self.engine.type_name(Platform::Java, type_id);
        name.unwrap_or_else(|| {
            format!("Failed to resolve class name [platformId=0, platform=Java, typeId={type_id}]")
        })
    }
}

/// The class of Java that a value has there.
pub(super) fn class_name(value: &RawValue) -> &'static str {
    match value.tag() {
        tag::BYTE => "java.lang.Byte",
        tag::SHORT => "java.lang.Short",
        tag::INT => "java.lang.Integer",
        tag::LONG => "java.lang.Long",
        tag::FLOAT => "java.lang.Float",
        tag::DOUBLE => "java.lang.Double",
        tag::CHAR => "java.lang.Character",
        tag::BOOL => "java.lang.Boolean",
        tag::STRING => "java.lang.String",
        tag::UUID => "java.util.UUID",
        tag::DATE => "java.util.Date",
        tag::DECIMAL => "java.math.BigDecimal",
        tag::TIMESTAMP => "java.sql.Timestamp",
        tag::TIME => "java.sql.Time",
        tag::OBJECT => "org.apache.ignite.internal.binary.BinaryObjectImpl",
        _ => "java.lang.Object",
    }
}
