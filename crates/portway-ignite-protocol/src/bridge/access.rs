//! The parts of composed values, as serde asks for them.

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::deserialize::ValueDeserializer;
use crate::binary::ObjectReader;
use crate::codec::{DecodeError, Reader};
use crate::java;

/// So many values at most are believed to come before they have come.
const HINT_LIMIT: usize = 4096;

/// Values with tags, one after the other.
pub(super) struct Elements<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: usize,
}

impl<'r, 'a> Elements<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>, left: usize) -> Self {
        Self { reader, left }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(ValueDeserializer::new(self.reader))
            .map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(HINT_LIMIT))
    }
}

/// Values without tags.
pub(super) struct Numbers<I>(I);

impl<I> Numbers<I> {
    pub(super) fn new(all: I) -> Self {
        Self(all)
    }
}

impl<'de, I, T> SeqAccess<'de> for Numbers<I>
where
    I: Iterator<Item = Result<T, DecodeError>>,
    T: IntoDeserializer<'de, DecodeError>,
{
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        match self.0.next() {
            Some(number) => seed.deserialize(number?.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }
}

/// Keys and values in turn.
pub(super) struct Entries<'r, 'a>(Elements<'r, 'a>);

impl<'r, 'a> Entries<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>, count: usize) -> Self {
        Self(Elements::new(reader, count))
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        self.0.next_element_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(ValueDeserializer::new(self.0.reader))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// The fields of an object.
pub(super) struct ObjectFields<'o, 'r, 'a> {
    object: &'o mut ObjectReader<'r, 'a>,
    /// The names of the fields that are left, and their places in the object, the last first.
    left: Vec<(String, usize)>,
    next: usize,
}

impl<'o, 'r, 'a> ObjectFields<'o, 'r, 'a> {
    /// Those that are wanted and there; all of them, by the names in the metadata, if it is not
    /// said which.
    pub(super) fn of(
        object: &'o mut ObjectReader<'r, 'a>,
        wanted: Option<&[&str]>,
    ) -> Result<Self, DecodeError> {
        let ids: Vec<i32> = object.field_ids().collect();
        let mut left = match wanted {
            Some(names) => wanted_fields(&ids, names),
            None => all_fields(object, &ids)?,
        };
        left.reverse();
        Ok(Self {
            object,
            left,
            next: 0,
        })
    }
}

fn wanted_fields(ids: &[i32], names: &[&str]) -> Vec<(String, usize)> {
    let place = |name: &&str| {
        let id = java::field_id(name);
        let index = ids.iter().position(|known| *known == id)?;
        Some(((*name).to_owned(), index))
    };
    names.iter().filter_map(place).collect()
}

fn all_fields(
    object: &ObjectReader<'_, '_>,
    ids: &[i32],
) -> Result<Vec<(String, usize)>, DecodeError> {
    let types = object.types();
    let known = types
        .as_ref()
        .and_then(|types| types.find(object.type_id()));
    let named = |(index, id): (usize, &i32)| {
        let field = known.and_then(|known| known.field(*id));
        let field = field.ok_or_else(|| {
            DecodeError::custom("the names of an object's fields are not known here")
        })?;
        Ok((field.name.clone(), index))
    };
    ids.iter().enumerate().map(named).collect()
}

impl<'de> MapAccess<'de> for ObjectFields<'_, '_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        let Some((name, index)) = self.left.pop() else {
            return Ok(None);
        };
        self.next = index;
        let name: StringDeserializer<DecodeError> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        self.object.at(self.next, |reader| {
            seed.deserialize(ValueDeserializer::new(reader))
        })
    }
}

/// A variant with contents: the only entry of a map.
pub(super) struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
}

impl<'r, 'a> Variant<'r, 'a> {
    pub(super) fn new(reader: &'r mut Reader<'a>) -> Self {
        Self { reader }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), DecodeError> {
        let name = seed.deserialize(ValueDeserializer::new(self.reader))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        serde::Deserialize::deserialize(ValueDeserializer::new(self.reader))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(ValueDeserializer::new(self.reader))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let contents = ValueDeserializer::new(self.reader);
        serde::Deserializer::deserialize_tuple(contents, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let contents = ValueDeserializer::new(self.reader);
        serde::Deserializer::deserialize_struct(contents, "", fields, visitor)
    }
}
