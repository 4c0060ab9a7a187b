//! Descriptions of one binary type that cannot both be true, in the words of a node
//! (`BinaryUtils.mergeMetadata`).

use portway_ignite_protocol::{BinaryType, tag};

/// Why what a client tells of a type is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TypeRefusal {
    #[error(
        "Two binary types have duplicate type ID [typeId={id}, typeName1={known}, \
         typeName2={offered}]"
    )]
    Name {
        id: i32,
        known: String,
        offered: String,
    },
    #[error(
        "Binary type has different affinity key fields [typeName={type_name}, \
         affKeyFieldName1={known}, affKeyFieldName2={offered}]"
    )]
    AffinityKey {
        type_name: String,
        known: String,
        offered: String,
    },
    #[error("Binary type already registered as {}: {type_name}", if *.is_enum { "enum" } else { "non-enum" })]
    Enum { type_name: String, is_enum: bool },
    #[error(
        "Conflicting enum values. Name '{name}' uses ordinal value ({ordinal}) that is also used \
         for name '{known}' [typeName='{type_name}']"
    )]
    Ordinal {
        type_name: String,
        name: String,
        ordinal: i32,
        known: String,
    },
    #[error(
        "Conflicting enum values. Value ({ordinal}) has name '{name}' that is also used for value \
         '{known}' [typeName='{type_name}']"
    )]
    Member {
        type_name: String,
        name: String,
        ordinal: i32,
        known: i32,
    },
    #[error(
        "Type '{type_name}' with typeId {id} has a different/incorrect type for field '{field}'. \
         Expected '{known}' but '{offered}' was provided. The type of an existing field can not be \
         changed. Use a different field name or follow this procedure to reuse the current name:\n\
         - Delete data records that use the old field type;\n\
         - Remove metadata by the command: 'control.sh --meta remove --typeId {id}'."
    )]
    Field {
        type_name: String,
        id: i32,
        field: String,
        known: &'static str,
        offered: &'static str,
    },
}

/// Whether a description can be added to the known one.
///
/// # Errors
/// A [`TypeRefusal`] that says why not.
pub(super) fn check(known: &BinaryType, offered: &BinaryType) -> Result<(), TypeRefusal> {
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    if known.name != offered.name {
        return Err(TypeRefusal::Name {
            id: known.id,
            known: shown(&known.name),
            offered: shown(&offered.name),
        });
    }
    let type_name = shown(&offered.name);
    if known.affinity_key != offered.affinity_key {
        return Err(TypeRefusal::AffinityKey {
            type_name,
            known: shown(&known.affinity_key),
            offered: shown(&offered.affinity_key),
        });
    }
    if known.members.is_some() != offered.members.is_some() {
        let is_enum = known.members.is_some();
        return Err(TypeRefusal::Enum { type_name, is_enum });
    }
    check_members(known, offered, &type_name)?;
    check_fields(known, offered, &type_name)
}

fn check_members(
    known: &BinaryType,
    offered: &BinaryType,
    type_name: &str,
) -> Result<(), TypeRefusal> {
    let ours = || known.members.iter().flatten();
    for (name, ordinal) in offered.members.iter().flatten() {
        let same_ordinal = ours().find(|(_, known)| known == ordinal);
        if let Some((other, _)) = same_ordinal.filter(|(known, _)| known != name) {
            return Err(TypeRefusal::Ordinal {
                type_name: type_name.to_owned(),
                name: name.clone(),
                ordinal: *ordinal,
                known: other.clone(),
            });
        }
        let same_name = ours().find(|(known, _)| known == name);
        if let Some((_, other)) = same_name.filter(|(_, known)| known != ordinal) {
            return Err(TypeRefusal::Member {
                type_name: type_name.to_owned(),
                name: name.clone(),
                ordinal: *ordinal,
                known: *other,
            });
        }
    }
    Ok(())
}

fn check_fields(
    known: &BinaryType,
    offered: &BinaryType,
    type_name: &str,
) -> Result<(), TypeRefusal> {
    for field in &offered.fields {
        let Some(before) = known.fields.iter().find(|known| known.name == field.name) else {
            continue;
        };
        let (old, new) = (type_of(before.type_code), type_of(field.type_code));
        if old != new {
            return Err(TypeRefusal::Field {
                type_name: type_name.to_owned(),
                id: known.id,
                field: field.name.clone(),
                known: old,
                offered: new,
            });
        }
    }
    Ok(())
}

/// The name of a field's type; types with one name may take each other's place.
fn type_of(code: i32) -> &'static str {
    match u8::try_from(code).unwrap_or_default() {
        tag::BYTE => "byte",
        tag::SHORT => "short",
        tag::INT => "int",
        tag::LONG => "long",
        tag::BOOL => "boolean",
        tag::FLOAT => "float",
        tag::DOUBLE => "double",
        tag::CHAR => "char",
        tag::UUID => "UUID",
        tag::DECIMAL => "decimal",
        tag::STRING => "String",
        tag::DATE => "Date",
        tag::TIMESTAMP => "Timestamp",
        tag::TIME => "Time",
        tag::ENUM | tag::BINARY_ENUM => "Enum",
        tag::OBJECT | tag::WRAPPED_OBJECT => "Object",
        tag::COLLECTION => "Collection",
        tag::MAP => "Map",
        tag::CLASS => "Class",
        tag::BYTE_ARRAY => "byte[]",
        tag::SHORT_ARRAY => "short[]",
        tag::INT_ARRAY => "int[]",
        tag::LONG_ARRAY => "long[]",
        tag::BOOL_ARRAY => "boolean[]",
        tag::FLOAT_ARRAY => "float[]",
        tag::DOUBLE_ARRAY => "double[]",
        tag::CHAR_ARRAY => "char[]",
        tag::UUID_ARRAY => "UUID[]",
        tag::DECIMAL_ARRAY => "decimal[]",
        tag::STRING_ARRAY => "String[]",
        tag::DATE_ARRAY => "Date[]",
        tag::TIMESTAMP_ARRAY => "Timestamp[]",
        tag::TIME_ARRAY => "Time[]",
        tag::OBJECT_ARRAY => "Object[]",
        tag::ENUM_ARRAY => "Enum[]",
        _ => "Invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(members: Option<Vec<(String, i32)>>) -> BinaryType {
        let mut described = BinaryType::enumeration("Weather", Vec::new());
        described.members = members;
        described
    }

    fn field(name: &str, code: u8) -> BinaryType {
        use portway_ignite_protocol::BinaryField;

        let mut described = described(None);
        described.fields = vec![BinaryField {
            name: name.to_owned(),
            type_code: code.into(),
            id: 1,
        }];
        described
    }

    fn refusal(known: &BinaryType, offered: &BinaryType) -> String {
        check(known, offered).unwrap_err().to_string()
    }

    #[test]
    fn a_field_keeps_its_type_in_the_words_of_a_node() {
        let refused = refusal(&field("rain", tag::DOUBLE), &field("rain", tag::INT));
        let id = field("rain", tag::INT).id;
        let begins = format!(
            "Type 'Weather' with typeId {id} has a different/incorrect type for field 'rain'. \
             Expected 'double' but 'int' was provided."
        );
        assert!(refused.starts_with(&begins), "{refused}");
        let (first, second) = (field("sun", tag::ENUM), field("sun", tag::BINARY_ENUM));
        assert!(check(&first, &second).is_ok());
    }

    #[test]
    fn members_keep_their_ordinals() {
        let members = |name: &str, ordinal| described(Some(vec![(name.to_owned(), ordinal)]));
        let known = members("RAIN", 1);
        assert!(check(&known, &members("SUN", 2)).is_ok());
        assert_eq!(
            refusal(&known, &members("SUN", 1)),
            "Conflicting enum values. Name 'SUN' uses ordinal value (1) that is also used for name \
             'RAIN' [typeName='Weather']"
        );
        assert_eq!(
            refusal(&known, &members("RAIN", 2)),
            "Conflicting enum values. Value (2) has name 'RAIN' that is also used for value '1' \
             [typeName='Weather']"
        );
        assert_eq!(
            refusal(&known, &described(None)),
            "Binary type already registered as enum: Weather"
        );
    }
}
