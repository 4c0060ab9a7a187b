//! Writing what has several elements, whose number serde need not know in advance.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::serialize::{ValueSerializer, enter};
use crate::binary::ObjectWriter;
use crate::codec::{EncodeError, Layout, Writer};
use crate::value::{CollectionKind, MapKind, TypeReference, tag};

/// What the elements become.
#[derive(Clone, Copy)]
pub(super) enum Form {
    List,
    Array,
    Map,
}

/// Writes elements behind their count, which is filled in at the end.
pub(super) struct Elements<'w> {
    writer: &'w mut Writer,
    count_at: usize,
    count: usize,
    is_variant: bool,
}

impl<'w> Elements<'w> {
    pub(super) fn begin(writer: &'w mut Writer, form: Form) -> Result<Self, EncodeError> {
        enter(writer)?;
        writer.u8(match form {
            Form::List => tag::COLLECTION,
            Form::Array => tag::OBJECT_ARRAY,
            Form::Map => tag::MAP,
        });
        if let Form::Array = form {
            TypeReference::OBJECT.encode(writer);
        }
        let count_at = writer.position();
        writer.count(0);
        match form {
            Form::List => CollectionKind::ArrayList.encode(writer),
            Form::Map => MapKind::LinkedHashMap.encode(writer),
            Form::Array => {}
        }
        Ok(Self {
            writer,
            count_at,
            count: 0,
            is_variant: false,
        })
    }

    /// The same elements as the contents of a variant, whose map ends with them.
    pub(super) fn of_variant(self) -> Self {
        Self {
            is_variant: true,
            ..self
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.count += 1;
        self.part(value)
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(ValueSerializer::new(self.writer))
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), EncodeError> {
        self.element(name)?;
        self.part(value)
    }

    fn finish(self) -> Result<(), EncodeError> {
        self.writer.patch_count(self.count_at, self.count);
        self.writer.leave();
        if self.is_variant {
            self.writer.leave();
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($name:ident::$element:ident),*) => {$(
        impl $name for Elements<'_> {
            type Ok = ();
            type Error = EncodeError;

            fn $element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.element(value)
            }

            fn end(self) -> Result<(), EncodeError> {
                self.finish()
            }
        }
    )*};
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

impl SerializeMap for Elements<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.element(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.part(value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

impl SerializeStructVariant for Elements<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.named(name, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

/// Writes the fields of a structure.
pub(super) struct Fields<'w> {
    pub(super) name: &'static str,
    pub(super) object: ObjectWriter<'w>,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let mut result = Ok(());
        self.object.named(name, |writer| {
            result = value.serialize(ValueSerializer::new(writer));
        });
        result
    }

    fn end(self) -> Result<(), EncodeError> {
        self.object.finish_dynamic(self.name, None).leave();
        Ok(())
    }
}
