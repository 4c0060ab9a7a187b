//! What clients told about their types: stored, merged, and given back.

use bytes::Bytes;
use portway_ignite_protocol::{BinaryType, Layout, Platform, Reader, Writer};

use super::batch::Batch;
use super::type_conflicts::check;
use super::{Engine, EngineError, layout};

impl Engine {
    /// The metadata of a type, if any client registered it.
    pub(crate) fn binary_type(&self, type_id: i32) -> Result<Option<BinaryType>, EngineError> {
        let Some(stored) = self.table.get(&layout::type_key(type_id)) else {
            return Ok(None);
        };
        let stored = Bytes::copy_from_slice(stored);
        let decoded = BinaryType::decode(&mut Reader::shared(&stored));
        decoded
            .map(Some)
            .map_err(|_| EngineError::Unreadable("a binary type"))
    }

    /// All types that are known and can be read.
    pub(crate) fn binary_types(&self) -> impl Iterator<Item = BinaryType> {
        let stored = self.table.with_prefix(layout::ALL_TYPES);
        stored.filter_map(|(_, stored)| {
            let stored = Bytes::copy_from_slice(stored);
            BinaryType::decode(&mut Reader::shared(&stored)).ok()
        })
    }

    /// Adds to what is known of a type: its fields and schemas are united.
    ///
    /// # Errors
    /// When both cannot be true, as with a field that changed its type; then nothing is taken over.
    pub(crate) fn put_binary_type(&mut self, offered: BinaryType) -> Result<(), EngineError> {
        let known = self.binary_type(offered.id)?;
        let merged = match known.clone() {
            Some(mut merged) => {
                check(&merged, &offered)?;
                // Of two codes with one meaning the new one counts.
                for field in &mut merged.fields {
                    let code = offered.field(field.id).map(|field| field.type_code);
                    field.type_code = code.unwrap_or(field.type_code);
                }
                merged.merge(&offered)?;
                merged
            }
            None => offered,
        };
        if known.as_ref() == Some(&merged) {
            return Ok(());
        }
        let mut writer = Writer::new();
        merged.encode(&mut writer);
        let mut batch = Batch::default();
        batch.put(layout::type_key(merged.id), writer.as_bytes());
        self.commit(&batch)
    }

    /// The name of the class with this type id on a platform.
    pub(crate) fn type_name(&self, platform: Platform, type_id: i32) -> Option<String> {
        let stored = self
            .table
            .get(&layout::type_name_key(platform.code(), type_id))?;
        String::from_utf8(stored.to_vec()).ok()
    }

    /// Registers the name of a class. The first name of an id stays.
    ///
    /// # Errors
    /// When the id has another name.
    pub(crate) fn put_type_name(
        &mut self,
        platform: Platform,
        type_id: i32,
        name: &str,
    ) -> Result<(), EngineError> {
        if let Some(known) = self.type_name(platform, type_id) {
            if known == name {
                return Ok(());
            }
            return Err(EngineError::DuplicateTypeName {
                platform: platform.code(),
                type_id,
                known,
                offered: name.to_owned(),
            });
        }
        let mut batch = Batch::default();
        batch.put(
            layout::type_name_key(platform.code(), type_id),
            name.as_bytes(),
        );
        self.commit(&batch)
    }
}
