//! Binary types and their names, 3000 to 3004.

use portway_ignite_protocol::{BinaryConfiguration, BinaryType, Platform, ServerError};

use super::Context;
use super::answer::{Body, body};
use crate::engine::EngineError;

impl Context<'_> {
    pub(super) fn binary_type(&self, type_id: i32) -> Result<Body, ServerError> {
        Ok(body(&self.engine.binary_type(type_id)?, self.dialect))
    }

    pub(super) fn put_binary_type(&mut self, offered: BinaryType) -> Result<Body, ServerError> {
        self.engine.put_binary_type(offered)?;
        self.done()
    }

    pub(super) fn type_name(&self, platform: Platform, id: i32) -> Result<Body, ServerError> {
        let unknown = EngineError::UnknownClass {
            platform: platform.code(),
            type_id: id,
        };
        let told = self.engine.type_name(platform, id);
        let name = told.or_else(|| class_of_java(id)).ok_or(unknown)?;
        Ok(body(&name, self.dialect))
    }

    pub(super) fn put_type_name(
        &mut self,
        platform: Platform,
        id: i32,
        name: &str,
    ) -> Result<Body, ServerError> {
        self.engine.put_type_name(platform, id, name)?;
        Ok(body(&true, self.dialect))
    }

    /// Compact footers and full names, as a node with default settings says.
    pub(super) fn binary_configuration(&self) -> Result<Body, ServerError> {
        Ok(body(&BinaryConfiguration::default(), self.dialect))
    }
}

/// The hash code of `java.sql.Date`: the class of dates in rows, which every node knows.
const SQL_DATE: i32 = 1_087_757_882;

/// The class with this id among those that a node knows without being told.
fn class_of_java(id: i32) -> Option<String> {
    (id == SQL_DATE).then(|| "java.sql.Date".to_owned())
}
