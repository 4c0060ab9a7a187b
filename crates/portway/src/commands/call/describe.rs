//! What there is to call, as text.

use std::{collections::BTreeSet, fmt::Write as _};

use prost_reflect::{
    Cardinality, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

/// The services, a line each.
pub(super) fn services(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}\n")).collect()
}

/// The methods of a service, a line each.
pub(super) fn service(service: &ServiceDescriptor) -> String {
    let lines = service.methods().map(|it| signature(&it) + "\n");
    lines.collect()
}

/// A method with the messages that it takes and gives.
pub(super) fn method(method: &MethodDescriptor) -> String {
    let mut text = signature(method) + "\n";
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![method.output(), method.input()]);
    while let Some(message) = waiting.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        put_message(&message, &mut text);
        let within = message.fields().filter_map(|field| match field.kind() {
            Kind::Message(message) if !message.is_map_entry() => Some(message),
            Kind::Message(entry) => match entry.map_entry_value_field().kind() {
                Kind::Message(message) => Some(message),
                _ => None,
            },
            _ => None,
        });
        waiting.extend(within);
    }
    text
}

fn signature(method: &MethodDescriptor) -> String {
    let stream = |many| if many { "stream " } else { "" };
    format!(
        "{}/{} ({}{}) returns ({}{})",
        method.parent_service().full_name(),
        method.name(),
        stream(method.is_client_streaming()),
        method.input().full_name(),
        stream(method.is_server_streaming()),
        method.output().full_name(),
    )
}

/// Writes a message as JSON names its fields.
fn put_message(message: &MessageDescriptor, text: &mut String) {
    // A String takes everything.
    let _infallible = writeln!(text, "\n{}", message.full_name());
    for field in message.fields() {
        let _infallible = writeln!(text, "  {}: {}", field.json_name(), kind_of(&field));
    }
}

fn kind_of(field: &FieldDescriptor) -> String {
    if let Kind::Message(entry) = field.kind()
        && field.is_map()
    {
        let value = kind_of(&entry.map_entry_value_field());
        return format!(
            "map of {} to {value}",
            kind_of(&entry.map_entry_key_field())
        );
    }
    let name = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(enumeration) => {
            let names = enumeration.values().map(|value| value.name().to_owned());
            names.collect::<Vec<_>>().join(" | ")
        }
        Kind::Bytes => "base64".to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    };
    match field.cardinality() {
        Cardinality::Repeated => format!("list of {name}"),
        _ => name,
    }
}
