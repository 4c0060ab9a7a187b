//! Which fields of messages carry bulk bytes.

use std::collections::HashMap;

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

use crate::BuildError;

/// The field of a message that carries bulk bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) field: String,
    pub(crate) number: i32,
}

/// Finds the fields with these paths; returns them by the full names of their messages, which
/// begin with a dot.
///
/// # Errors
/// [`BuildError::Payload`] with the path of one that cannot carry bulk bytes.
pub(crate) fn find(
    paths: &[String],
    descriptors: &FileDescriptorSet,
) -> Result<HashMap<String, Payload>, BuildError> {
    let fields = fields(descriptors);
    paths
        .iter()
        .map(|path| {
            let path = path.trim_start_matches('.');
            let found = path.rsplit_once('.').and_then(|(message, name)| {
                let message = format!(".{message}");
                let number = *fields.get(&(message.clone(), name.to_owned()))?;
                let field = name.to_owned();
                Some((message, Payload { field, number }))
            });
            found.ok_or_else(|| BuildError::Payload { path: path.into() })
        })
        .collect()
}

/// Returns the numbers of all fields that can carry bulk bytes, by message and name.
fn fields(descriptors: &FileDescriptorSet) -> HashMap<(String, String), i32> {
    let mut fields = HashMap::new();
    // Before proto3 a field tells whether it is there, and must not be left out.
    let files = descriptors.file.iter();
    for file in files.filter(|file| file.syntax() == "proto3") {
        let scope = match file.package() {
            "" => String::new(),
            package => format!(".{package}"),
        };
        add(&scope, &file.message_type, &mut fields);
    }
    fields
}

fn add(scope: &str, messages: &[DescriptorProto], fields: &mut HashMap<(String, String), i32>) {
    for message in messages {
        let name = format!("{scope}.{}", message.name());
        for field in message.field.iter().filter(|field| is_suitable(field)) {
            fields.insert((name.clone(), field.name().to_owned()), field.number());
        }
        add(&name, &message.nested_type, fields);
    }
}

/// Tells whether a field is of bytes, has a value always, and is called the same in Rust.
fn is_suitable(field: &FieldDescriptorProto) -> bool {
    let is_lower = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_');
    field.r#type() == Type::Bytes
        && field.label() != Label::Repeated
        && field.oneof_index.is_none()
        && field.name().bytes().all(is_lower)
}

#[cfg(test)]
mod tests {
    use prost_types::FileDescriptorProto;

    use super::*;

    fn bytes(name: &str, number: i32) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            r#type: Some(Type::Bytes.into()),
            label: Some(Label::Optional.into()),
            ..FieldDescriptorProto::default()
        }
    }

    fn set(syntax: &str, field: FieldDescriptorProto) -> FileDescriptorSet {
        let message = |name: &str| DescriptorProto {
            name: Some(name.into()),
            ..DescriptorProto::default()
        };
        let inner = DescriptorProto {
            field: vec![field],
            ..message("Inner")
        };
        let outer = DescriptorProto {
            nested_type: vec![inner],
            ..message("Outer")
        };
        let file = FileDescriptorProto {
            package: Some("a.b".into()),
            syntax: Some(syntax.into()),
            message_type: vec![outer],
            ..FileDescriptorProto::default()
        };
        FileDescriptorSet { file: vec![file] }
    }

    fn find_one(path: &str, descriptors: &FileDescriptorSet) -> Option<(String, Payload)> {
        find(&[path.into()], descriptors).ok()?.into_iter().next()
    }

    #[test]
    fn a_field_of_bytes_is_found_by_its_path() {
        let descriptors = set("proto3", bytes("body", 7));
        let field = "body".to_owned();
        let expected = (".a.b.Outer.Inner".into(), Payload { field, number: 7 });
        for path in ["a.b.Outer.Inner.body", ".a.b.Outer.Inner.body"] {
            assert_eq!(find_one(path, &descriptors), Some(expected.clone()));
        }
    }

    #[test]
    fn what_cannot_carry_bulk_bytes_is_refused() {
        let path = "a.b.Outer.Inner.body";
        let text = FieldDescriptorProto {
            r#type: Some(Type::String.into()),
            ..bytes("body", 7)
        };
        let repeated = FieldDescriptorProto {
            label: Some(Label::Repeated.into()),
            ..bytes("body", 7)
        };
        let optional = FieldDescriptorProto {
            oneof_index: Some(0),
            proto3_optional: Some(true),
            ..bytes("body", 7)
        };
        for field in [text, repeated, optional, bytes("other", 7)] {
            assert_eq!(find_one(path, &set("proto3", field)), None);
        }
        assert_eq!(find_one(path, &set("proto2", bytes("body", 7))), None);
        assert_eq!(find_one("body", &set("proto3", bytes("body", 7))), None);
    }
}
