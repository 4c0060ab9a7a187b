//! Values of any types, as arguments of queries and of code on the server.

use std::fmt;
use std::sync::Arc;

use portway_ignite_protocol::{RawValue, WriteValue};

use super::encoder::Encoder;
use super::types::{Describe, TypesOf};

/// A value that is encoded for each attempt, as the cluster behind its connection wants it.
#[derive(Clone)]
pub(crate) struct Argument<'q> {
    value: Arc<dyn AnyValue + 'q>,
    describe: Describe,
}

trait AnyValue: Send + Sync {
    fn encode(&self, encoder: &Encoder) -> RawValue;
}

impl<T: WriteValue + Send + Sync> AnyValue for T {
    fn encode(&self, encoder: &Encoder) -> RawValue {
        encoder.described_value(self)
    }
}

impl<'q> Argument<'q> {
    pub(crate) fn new<T: WriteValue + Send + Sync + 'q>(value: T) -> Self {
        Self {
            value: Arc::new(value),
            describe: T::describe,
        }
    }

    pub(crate) fn encode(&self, encoder: &Encoder) -> RawValue {
        self.value.encode(encoder)
    }

    /// Tells which binary types the value consists of.
    pub(crate) fn describe(&self) -> Describe {
        self.describe
    }

    /// The binary types of several arguments.
    pub(crate) fn types<'a>(arguments: impl IntoIterator<Item = &'a Self>) -> TypesOf
    where
        'q: 'a,
    {
        TypesOf::described_by_all(arguments.into_iter().map(Self::describe))
    }
}

/// Values are users' data: they are not shown.
impl fmt::Debug for Argument<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Argument(..)")
    }
}

pub(crate) fn encode_all(arguments: &[Argument<'_>], encoder: &Encoder) -> Vec<RawValue> {
    let encode = |argument: &Argument<'_>| argument.encode(encoder);
    arguments.iter().map(encode).collect()
}
