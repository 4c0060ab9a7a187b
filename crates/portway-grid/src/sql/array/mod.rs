//! Arrays of objects: what H2 calls ARRAY. Arrays of Java's primitive types are objects to SQL.

pub(crate) mod coded;
pub(crate) mod compare;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::{array_literal, array_text};

use portway_ignite_protocol::{
    DecodeError, RawValue, TypeReference, Value, WriteValue as _, Writer, tag,
};

use super::error::SqlError;
use super::types::SqlType;
use super::value::SqlValue;

/// Arrays in arrays: what a client sends is read as deep.
const DEPTH: usize = 64;

/// Bytes of one array at most, about as they are sent: one made of itself in subqueries doubles at
/// each step.
const MOST_BYTES: usize = 64 << 20;

/// Elements have bytes of their own beside those of texts.
const ELEMENT_BYTES: usize = 8;

/// Values of any types, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) component: Component,
    pub(crate) elements: Vec<SqlValue>,
}

/// The class of the elements, which decides how the array is sent. Arrays of other classes with equal
/// elements are equal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Component {
    Class(TypeReference),
    /// The tag that arrays of this class have of their own.
    Tagged(u8),
}

impl Component {
    pub(crate) const OBJECT: Self = Self::Class(TypeReference::OBJECT);

    /// What the arrays of a Java class have: `[Ljava.lang.String;`.
    pub(crate) fn of_java_class(class: &str) -> Self {
        let tagged = TAGGED.iter().find(|(_, name)| *name == class);
        tagged.map_or(Self::OBJECT, |(tag, _)| Self::Tagged(*tag))
    }

    /// The class of the arrays in Java.
    pub(crate) fn java_class(&self) -> &'static str {
        let tagged = TAGGED.iter().find(|(tag, _)| *self == Self::Tagged(*tag));
        tagged.map_or(OBJECTS, |(_, name)| name)
    }

    /// The tag of the arrays.
    pub(crate) fn tag(&self) -> u8 {
        match self {
            Self::Class(_) => tag::OBJECT_ARRAY,
            Self::Tagged(tag) => *tag,
        }
    }
}

/// The class of arrays of anything.
pub(crate) const OBJECTS: &str = "[Ljava.lang.Object;";

const TAGGED: [(u8, &str); 6] = [
    (tag::STRING_ARRAY, "[Ljava.lang.String;"),
    (tag::UUID_ARRAY, "[Ljava.util.UUID;"),
    (tag::DATE_ARRAY, "[Ljava.util.Date;"),
    (tag::TIMESTAMP_ARRAY, "[Ljava.sql.Timestamp;"),
    (tag::TIME_ARRAY, "[Ljava.sql.Time;"),
    (tag::DECIMAL_ARRAY, "[Ljava.math.BigDecimal;"),
];

impl Array {
    /// An array of `Object`.
    pub(crate) fn new(elements: Vec<SqlValue>) -> Self {
        Self {
            component: Component::OBJECT,
            elements,
        }
    }

    /// An array of `Object`, made by a statement.
    ///
    /// # Errors
    /// When it is too deep or too long.
    pub(crate) fn made(elements: Vec<SqlValue>) -> Result<Self, SqlError> {
        let array = Self::new(elements);
        let mut bytes = 0;
        if !array.fits(DEPTH, &mut bytes) {
            return Err(SqlError::unsupported("an array so deep or so long"));
        }
        Ok(array)
    }

    fn fits(&self, depth: usize, bytes: &mut usize) -> bool {
        *bytes = bytes.saturating_add(self.elements.len().saturating_mul(ELEMENT_BYTES));
        for element in &self.elements {
            *bytes = bytes.saturating_add(match element {
                SqlValue::Varchar(text) => text.len(),
                SqlValue::Binary(bytes) => bytes.len(),
                SqlValue::Object(raw) => raw.as_bytes().len(),
                _ => 0,
            });
            if let SqlValue::Array(inner) = element
                && (depth <= 1 || !inner.fits(depth - 1, bytes))
            {
                return false;
            }
        }
        depth > 0 && *bytes <= MOST_BYTES
    }

    /// What a client sent, or what an entry holds; `None` for what SQL knows no array in.
    ///
    /// # Errors
    /// For bytes that are no value.
    pub(crate) fn from_raw(raw: &RawValue) -> Result<Option<Self>, DecodeError> {
        let (component, elements) = match raw.read::<Value>()? {
            Value::ObjectArray {
                component,
                elements,
            } => (Component::Class(component), elements),
            Value::StringArray(all) => tagged(tag::STRING_ARRAY, all, Value::String),
            Value::UuidArray(all) => tagged(tag::UUID_ARRAY, all, Value::Uuid),
            Value::DateArray(all) => tagged(tag::DATE_ARRAY, all, Value::Date),
            Value::TimestampArray(all) => tagged(tag::TIMESTAMP_ARRAY, all, Value::Timestamp),
            Value::TimeArray(all) => tagged(tag::TIME_ARRAY, all, Value::Time),
            Value::DecimalArray(all) => tagged(tag::DECIMAL_ARRAY, all, Value::Decimal),
            _ => return Ok(None),
        };
        let elements: Result<Vec<SqlValue>, _> = elements.into_iter().map(element).collect();
        Ok(Some(Self {
            component,
            elements: elements?,
        }))
    }

    /// Writes the array as Ignite sends it and stores it.
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.u8(self.component.tag());
        if let Component::Class(class) = &self.component {
            match class {
                TypeReference::Id(id) => writer.i32(*id),
                TypeReference::Name(name) => {
                    writer.i32(0);
                    writer.string(name);
                }
            }
        }
        writer.count(self.elements.len());
        for element in &self.elements {
            self.write_element(element, writer);
        }
    }

    fn write_element(&self, element: &SqlValue, writer: &mut Writer) {
        match (element, &self.component) {
            // SQL has one type for both of Java's classes.
            (SqlValue::Timestamp(at), Component::Tagged(tag::DATE_ARRAY)) => {
                Value::Date(at.milliseconds).write(writer);
            }
            (SqlValue::Object(raw), _) if raw.tag() == tag::OBJECT => {
                writer.u8(tag::WRAPPED_OBJECT);
                writer.sized(|writer| writer.bytes(raw.as_bytes()));
                writer.i32(0);
            }
            _ => element.write(writer),
        }
    }

    /// The array as columns show it: whatever class it is of, one of `Object`.
    pub(crate) fn of_objects(self) -> Self {
        let element = |element| match element {
            SqlValue::Array(inner) => SqlValue::Array(inner.of_objects()),
            other => other,
        };
        Self::new(self.elements.into_iter().map(element).collect())
    }

    /// The array as one of the class of a column, `[Ljava.lang.String;`.
    /// Ignite makes arrays of any class of arrays of `Object`, and none of another class.
    ///
    /// # Errors
    /// The array itself, where it cannot be one.
    pub(crate) fn stored_as(mut self, class: &str) -> Result<Self, Self> {
        let component = Component::of_java_class(class);
        if self.component == component {
            return Ok(self);
        }
        if self.component != Component::OBJECT {
            return Err(self);
        }
        let name = class
            .strip_prefix("[L")
            .and_then(|rest| rest.strip_suffix(';'));
        let ty = name.map_or(SqlType::Array, SqlType::of_java_class);
        let is_of = |element: &SqlValue| element.is_null() || element.sql_type() == ty;
        if class != OBJECTS && !self.elements.iter().all(is_of) {
            return Err(self);
        }
        self.component = component;
        Ok(self)
    }
}

fn tagged<T>(tag: u8, all: Vec<Option<T>>, value: impl Fn(T) -> Value) -> (Component, Vec<Value>) {
    let value = |element: Option<T>| element.map_or(Value::Null, &value);
    (Component::Tagged(tag), all.into_iter().map(value).collect())
}

fn element(value: Value) -> Result<SqlValue, DecodeError> {
    Ok(match value {
        Value::Null => SqlValue::Null,
        Value::Int(number) => SqlValue::Int(number),
        Value::Long(number) => SqlValue::BigInt(number),
        Value::String(text) => SqlValue::Varchar(text),
        Value::Uuid(uuid) => SqlValue::Uuid(uuid),
        other => {
            let mut writer = Writer::new();
            other.write(&mut writer);
            let raw = RawValue::from_bytes(&writer.into_bytes())?;
            SqlValue::from_raw(&raw)?
        }
    })
}
