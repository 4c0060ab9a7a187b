//! The parameters of a call: by position or by name.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use std::collections::HashMap;

use super::{bigint, error::RpcError};

/// Parameters that were sent and are not taken yet.
#[derive(Debug, Default)]
pub struct Parameters {
    positional: Vec<Option<Box<RawValue>>>,
    named: HashMap<String, Box<RawValue>>,
}

impl Parameters {
    /// Reads what stands under `params`: an array, an object, or nothing at all.
    pub(super) fn of(raw: Option<Box<RawValue>>) -> Result<Self, RpcError> {
        let Some(raw) = raw.map(bigint::untag) else {
            return Ok(Self::default());
        };
        match raw.get().as_bytes().first() {
            Some(b'[') => Ok(Self {
                positional: read(&raw)?,
                named: HashMap::new(),
            }),
            Some(b'{') => Ok(Self {
                positional: Vec::new(),
                named: read(&raw)?,
            }),
            _ => Err(RpcError::invalid_parameters(
                "they are neither an array nor an object",
            )),
        }
    }

    /// Takes the parameter of this position or name. One that was not sent is read as `null`, so that an `Option` is `None`.
    ///
    /// # Errors
    /// If it is missing, or does not fit its type.
    pub fn take<T: DeserializeOwned>(
        &mut self,
        position: usize,
        name: &str,
    ) -> Result<T, RpcError> {
        let sent = self.positional.get_mut(position).and_then(Option::take);
        match sent.or_else(|| self.named.remove(name)) {
            Some(raw) => serde_json::from_str(raw.get())
                .map_err(|error| RpcError::invalid_parameters(format_args!("`{name}`: {error}"))),
            None => T::deserialize(Value::Null)
                .map_err(|_| RpcError::invalid_parameters(format_args!("`{name}` is missing"))),
        }
    }

    /// Makes sure that nothing was sent that the method does not know.
    ///
    /// # Errors
    /// If something was.
    pub fn finish(self) -> Result<(), RpcError> {
        if let Some(name) = self.named.keys().next() {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            return Err(RpcError::invalid_parameters(format_args!(
                "there is no parameter `{shown}`"
            )));
        }
        if self.positional.iter().any(Option::is_some) {
            return Err(RpcError::invalid_parameters(
                "there are more than the method takes",
            ));
        }
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, RpcError> {
    serde_json::from_str(raw.get()).map_err(RpcError::invalid_parameters)
}
