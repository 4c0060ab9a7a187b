//! Entry processors, 1024 and 1025: functions of the program that embeds the grid.

use std::collections::BTreeSet;

use portway_ignite_protocol::{
    EntryProcessor, InvokeOutcome, ObjectHeader, RawValue, ServerError, Status,
};

use super::Context;
use super::answer::{Body, body, failed, served, served_or_null};
use super::classes::class_name;
use super::reply::Refusal;
use crate::engine::{Call, Condition, EngineError};
use crate::functions::ProcessedEntry;

/// The platform byte of a class of Java, the only one that real nodes take.
const JAVA: u8 = 1;

/// What a processor answered, or why it failed.
type Outcome = Result<RawValue, String>;

impl Context<'_> {
    pub(super) fn invoke(
        &mut self,
        call: Call,
        key: &RawValue,
        processor: &EntryProcessor,
    ) -> Result<Body, Refusal> {
        self.engine.cache_configuration(call.cache)?;
        let type_id = self.processor_type(processor)?;
        self.engine
            .check_changeable(call, std::iter::once(checked(key)?))?;
        match self.process(call, key, type_id, &processor.arguments)? {
            Ok(answer) => Ok(body(&served_or_null(stored(&answer)), self.dialect)),
            Err(message) => Err(ServerError::new(Status::ENTRY_PROCESSOR, message).into()),
        }
    }

    /// Each key has its own outcome; a key that is named twice is processed once.
    pub(super) fn invoke_all(
        &mut self,
        call: Call,
        keys: &[RawValue],
        processor: &EntryProcessor,
    ) -> Result<Body, Refusal> {
        self.engine.cache_configuration(call.cache)?;
        let type_id = self.processor_type(processor)?;
        for key in keys {
            checked(key)?;
        }
        self.engine
            .check_changeable(call, keys.iter().map(RawValue::as_bytes))?;
        let mut processed = BTreeSet::new();
        let mut outcomes = Vec::new();
        for key in keys.iter().filter(|key| processed.insert(key.as_bytes())) {
            let result = self.process(call, key, type_id, &processor.arguments)?;
            // Keys whose processor answers nothing are left out, as by a real node.
            if !matches!(&result, Ok(answer) if answer.is_null()) {
                outcomes.push(InvokeOutcome {
                    key: served(key.as_bytes()),
                    result: result.map(|answer| served_or_null(stored(&answer))),
                });
            }
        }
        Ok(body(&outcomes, self.dialect))
    }

    fn process(
        &mut self,
        call: Call,
        key: &RawValue,
        type_id: i32,
        arguments: &[RawValue],
    ) -> Result<Outcome, Refusal> {
        let Some(function) = self.host.functions.entry_processor(type_id) else {
            return Ok(Err(String::new()));
        };
        let before = self.engine.value(call, key.as_bytes())?;
        let before = before.map(|value| raw(&value));
        let mut entry = ProcessedEntry::new(key.clone(), before.clone());
        let result = function(&mut entry, arguments);
        if result.is_ok() && entry.value != before {
            let new = entry.value.as_ref().map(RawValue::as_bytes);
            self.engine
                .update(call, key.as_bytes(), Condition::Always, new)?;
        }
        Ok(result)
    }

    /// The type of a processor that is known here.
    fn processor_type(&self, processor: &EntryProcessor) -> Result<i32, ServerError> {
        let object = &processor.object;
        if object.is_null() {
            let message = "Cannot invoke \"Object.getClass()\" because \"this.entryProc\" is null";
            return Err(failed(message.to_owned()));
        }
        let Ok(header) = ObjectHeader::parse(object.as_bytes()) else {
            return Err(failed(format!(
                "Entry processor should be marshalled as a BinaryObject: class {}",
                class_name(object)
            )));
        };
        if processor.platform != JAVA {
            return Err(failed(format!(
                "Unsupported entry processor platform: {}",
                processor.platform
            )));
        }
        match self.host.functions.entry_processor(header.type_id) {
            Some(_) => Ok(header.type_id),
            None => Err(failed(self.missing_class(object))),
        }
    }
}

fn checked(key: &RawValue) -> Result<&[u8], EngineError> {
    if key.is_null() {
        Err(EngineError::NullKey)
    } else {
        Ok(key.as_bytes())
    }
}

fn raw(stored: &[u8]) -> RawValue {
    RawValue::from_trusted_bytes(bytes::Bytes::copy_from_slice(stored))
}

fn stored(answer: &RawValue) -> Option<&[u8]> {
    (!answer.is_null()).then(|| answer.as_bytes())
}
