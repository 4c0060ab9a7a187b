//! What functions answer, as bytes with the types that clients need to read them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use portway_ignite_protocol::{BinaryConfiguration, BinaryType, RawValue, WriteValue, Writer};

/// A function at work: ends with its answer, or with why it failed.
pub(crate) struct FunctionFuture(Pin<Box<dyn Future<Output = Result<Answered, String>> + Send>>);

impl FunctionFuture {
    pub(crate) fn new(
        future: impl Future<Output = Result<Answered, String>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(future))
    }
}

impl Future for FunctionFuture {
    type Output = Result<Answered, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for FunctionFuture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FunctionFuture")
    }
}

/// What a function answered.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) value: RawValue,
    /// What the value consists of: the grid has to know it before a client is given the value.
    pub(crate) types: Vec<BinaryType>,
}

impl Answered {
    /// Writes an answer as the grid's clients write their values.
    pub(crate) fn new<R: WriteValue>(value: &R) -> Result<Self, String> {
        let binary = BinaryConfiguration::default();
        let mut writer = Writer::new().with_binary(binary).collecting_types();
        writer.describe::<R>();
        value.write(&mut writer);
        let mut types = Vec::new();
        if let Some(notes) = writer.take_notes() {
            if let Some(problem) = notes.problem() {
                return Err(format!("The answer cannot be written: {problem}"));
            }
            if let Some(conflict) = notes.types().conflict() {
                return Err(format!("The answer cannot be written: {conflict}"));
            }
            types = notes.types().iter().cloned().collect();
        }
        let value = RawValue::from_trusted_bytes(writer.into_bytes());
        Ok(Self { value, types })
    }
}
