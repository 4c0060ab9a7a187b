//! What a Rust structure looks like as a binary object, computed by the compiler.

use crate::java;
use crate::metadata::NameMapper;

/// The name and the fields of a structure, with their ids.
#[derive(Debug, Clone, Copy)]
pub struct ObjectShape {
    type_name: &'static str,
    full_type_id: i32,
    simple_type_id: i32,
    field_names: &'static [&'static str],
    field_ids: &'static [i32],
    schema_id: i32,
}

impl ObjectShape {
    /// Describes a structure; `ids` are the [`field_ids`] of `names`.
    ///
    /// # Panics
    /// When a name is not ASCII, or two fields share an id: in a constant, as the derive macro
    /// makes it, that is an error of the compiler.
    pub const fn new<const N: usize>(
        type_name: &'static str,
        names: &'static [&'static str; N],
        ids: &'static [i32; N],
    ) -> Self {
        assert_distinct(ids);
        let name = type_name.as_bytes();
        Self {
            type_name,
            full_type_id: ascii_id(name, 0),
            simple_type_id: ascii_id(name, java::simple_name_start(name)),
            field_names: names,
            field_ids: ids,
            schema_id: java::schema_id(ids),
        }
    }

    /// The type's full name.
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The type's id under a cluster's way to map names.
    pub const fn type_id(&self, mapper: NameMapper) -> i32 {
        match mapper {
            NameMapper::Simple => self.simple_type_id,
            NameMapper::Full | NameMapper::Custom => self.full_type_id,
        }
    }

    /// Whether the type has this id under any way to map names.
    pub const fn has_type_id(&self, type_id: i32) -> bool {
        type_id == self.full_type_id || type_id == self.simple_type_id
    }

    /// The names of the fields in the order they are written.
    pub const fn field_names(&self) -> &'static [&'static str] {
        self.field_names
    }

    /// The ids of the fields in the order they are written.
    pub const fn field_ids(&self) -> &'static [i32] {
        self.field_ids
    }

    /// The id of the set of all fields.
    pub const fn schema_id(&self) -> i32 {
        self.schema_id
    }
}

/// The ids of fields with these names.
///
/// # Panics
/// When a name is not ASCII.
pub const fn field_ids<const N: usize>(names: &[&str; N]) -> [i32; N] {
    let mut ids = [0; N];
    let mut index = 0;
    while index < N {
        ids[index] = ascii_id(names[index].as_bytes(), 0);
        index += 1;
    }
    ids
}

/// [`java::type_id`] for the compiler, which can only lower-case ASCII.
const fn ascii_id(name: &[u8], start: usize) -> i32 {
    let mut hash = 0_i32;
    let mut index = start;
    while index < name.len() {
        assert!(
            name[index].is_ascii(),
            "names of types and fields must be ASCII; rename them"
        );
        hash = hash
            .wrapping_mul(31)
            .wrapping_add(name[index].to_ascii_lowercase() as i32);
        index += 1;
    }
    assert!(hash != 0, "the id of a name must not be zero; rename it");
    hash
}

const fn assert_distinct(ids: &[i32]) {
    let mut first = 0;
    while first < ids.len() {
        let mut second = first + 1;
        while second < ids.len() {
            assert!(
                ids[first] != ids[second],
                "two fields have one id; rename one of them"
            );
            second += 1;
        }
        first += 1;
    }
}
