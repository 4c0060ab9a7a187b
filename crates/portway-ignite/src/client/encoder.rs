//! Writing the values of requests.

use std::cell::{Cell, RefCell};

use portway_ignite_protocol::{BinaryConfiguration, RawValue, WriteValue, Writer, WriterNotes};

use crate::error::Error;

/// Writes values as the cluster behind one connection wants them.
#[derive(Debug)]
pub(crate) struct Encoder {
    configuration: BinaryConfiguration,
    notes: RefCell<Option<Box<WriterNotes>>>,
    /// Whether a value depends on the configuration.
    asked_for_binary: Cell<bool>,
}

impl Encoder {
    pub(crate) fn new(configuration: BinaryConfiguration) -> Self {
        Self {
            configuration,
            notes: RefCell::default(),
            asked_for_binary: Cell::new(false),
        }
    }

    /// Writes a value. What could not be written fails the operation.
    pub(crate) fn value<T: WriteValue + ?Sized>(&self, value: &T) -> RawValue {
        let mut writer = Writer::new()
            .with_binary(self.configuration)
            .collecting_types();
        value.write(&mut writer);
        self.finish_value(writer)
    }

    /// Writes a value whose types the operation does not tell by itself.
    pub(crate) fn described_value<T: WriteValue>(&self, value: &T) -> RawValue {
        let mut writer = Writer::new()
            .with_binary(self.configuration)
            .collecting_types();
        writer.describe::<T>();
        value.write(&mut writer);
        self.finish_value(writer)
    }

    fn finish_value(&self, mut writer: Writer) -> RawValue {
        if let Some(notes) = writer.take_notes() {
            self.note(notes);
        }
        if writer.asked_for_binary() {
            self.asked_for_binary.set(true);
        }
        RawValue::from_trusted_bytes(writer.into_bytes())
    }

    /// Whether a value that was written depends on how the cluster wants binary objects.
    pub(super) fn asked_for_binary(&self) -> bool {
        self.asked_for_binary.get()
    }

    pub(crate) fn note(&self, added: Box<WriterNotes>) {
        match &mut *self.notes.borrow_mut() {
            Some(notes) => notes.merge(&added),
            empty => *empty = Some(added),
        }
    }

    /// What came up while values were written, unless one of them cannot be.
    pub(crate) fn finish(self, operation: &'static str) -> Result<Option<Box<WriterNotes>>, Error> {
        let notes = self.notes.into_inner();
        match notes.as_ref().and_then(|notes| notes.problem().cloned()) {
            Some(source) => Err(Error::Encode { operation, source }),
            None => Ok(notes),
        }
    }

    /// What came up while values were written.
    pub(super) fn into_notes(self) -> Option<Box<WriterNotes>> {
        self.notes.into_inner()
    }
}
