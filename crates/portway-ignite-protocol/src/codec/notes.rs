//! What comes up while values are written, beside their bytes.

use super::{EncodeError, MAX_DEPTH, Writer};
use crate::metadata::{BinaryConfiguration, BinaryType};
use crate::registry::TypeRegistry;
use crate::typed::WriteValue;

/// The types of the dynamic objects that were written, and the first problem.
#[derive(Debug, Clone, Default)]
pub struct WriterNotes {
    types: TypeRegistry,
    /// The types of objects that the cluster knows, for whom reads what was written.
    carried: TypeRegistry,
    problem: Option<EncodeError>,
}

/// A place that a writer can go back to.
#[cfg(feature = "serde")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    position: usize,
    depth: u8,
}

impl WriterNotes {
    fn new(binary: BinaryConfiguration) -> Self {
        Self {
            types: TypeRegistry::new(binary),
            carried: TypeRegistry::new(binary),
            problem: None,
        }
    }

    /// The types that must be registered before the values are sent.
    pub fn types(&self) -> &TypeRegistry {
        &self.types
    }

    /// The types of all objects that were written, if the writer carries types.
    pub(crate) fn all_types(&self) -> TypeRegistry {
        let mut all = self.carried.clone();
        for told in self.types.iter() {
            // What contradicts is told to the cluster, which refuses it.
            let _ = all.add(told.clone());
        }
        all
    }

    pub(crate) fn carry(&mut self, known: BinaryType) {
        let _ = self.carried.add(known);
    }

    /// Why a value could not be written. In its place stands a null.
    pub fn problem(&self) -> Option<&EncodeError> {
        self.problem.as_ref()
    }

    /// Takes over what came up while other values were written.
    pub fn merge(&mut self, other: &Self) {
        for added in other.types.iter() {
            self.add_type(added.clone());
        }
        if let Some(problem) = &other.problem {
            self.problem.get_or_insert_with(|| problem.clone());
        }
    }

    /// Adds the types that values of type `T` consist of.
    pub(crate) fn describe<T: WriteValue>(&mut self) {
        T::describe(&mut self.types);
    }

    pub(crate) fn add_type(&mut self, added: BinaryType) {
        if let Err(conflict) = self.types.add(added) {
            self.problem.get_or_insert(conflict.into());
        }
    }
}

impl Writer {
    /// Makes the writer collect the types of dynamic objects (default: it does not).
    #[must_use]
    pub fn collecting_types(mut self) -> Self {
        self.collects = true;
        self
    }

    /// As [`collecting_types`](Self::collecting_types), with those that the cluster knows already.
    pub(crate) fn carrying_types(mut self) -> Self {
        self.carries = true;
        self.collecting_types()
    }

    /// The notes of a writer that carries types.
    pub(crate) fn carried(&mut self) -> Option<&mut WriterNotes> {
        self.carries.then(|| self.notes())
    }

    /// Takes what came up so far; `None`, almost always, if nothing did.
    pub fn take_notes(&mut self) -> Option<Box<WriterNotes>> {
        self.notes.take()
    }

    /// Notes the types that values of type `T` consist of, if the writer collects types.
    pub fn describe<T: WriteValue>(&mut self) {
        if let Some(notes) = self.collected() {
            notes.describe::<T>();
        }
    }

    /// Notes that a value cannot be written, and writes a null for it.
    pub fn fail(&mut self, problem: EncodeError) {
        self.refuse(problem);
        self.null();
    }

    /// Notes that the value which is being written cannot be.
    pub(crate) fn refuse(&mut self, problem: EncodeError) {
        self.notes().problem.get_or_insert(problem);
    }

    /// Whether a value could not be written: then all the others are in vain.
    pub(crate) fn has_failed(&self) -> bool {
        self.notes
            .as_ref()
            .is_some_and(|notes| notes.problem.is_some())
    }

    /// The notes of a writer that collects types.
    pub(crate) fn collected(&mut self) -> Option<&mut WriterNotes> {
        self.collects.then(|| self.notes())
    }

    fn notes(&mut self) -> &mut WriterNotes {
        let binary = self.binary();
        self.notes
            .get_or_insert_with(|| Box::new(WriterNotes::new(binary)))
    }

    /// Runs `write` one level of nesting deeper.
    ///
    /// After the first failure nothing composed is written, so that a value which contains itself
    /// several times does not multiply on the way out.
    pub(crate) fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        if self.enter() {
            write(self);
            self.leave();
        }
    }

    /// Begins a level of nesting, unless that fails; then a null stands in its place.
    pub(crate) fn enter(&mut self) -> bool {
        if self.has_failed() {
            self.null();
            return false;
        }
        if self.depth >= MAX_DEPTH {
            self.fail(EncodeError::TooDeep);
            return false;
        }
        self.depth += 1;
        true
    }

    /// Where the writer stands, to come back to.
    #[cfg(feature = "serde")]
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            position: self.position(),
            depth: self.depth,
        }
    }

    /// Takes back what was written since.
    #[cfg(feature = "serde")]
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.truncate(mark.position);
        self.depth = mark.depth;
    }

    /// Ends a level of nesting.
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }
}
