//! Entry processors: code of the user's that runs where an entry is, with the entry locked.

use std::borrow::Borrow;

use portway_ignite_protocol::{
    CodePlatform, DecodeError, EntryProcessor, Feature, InvokeOutcome, KeyValueAction, RawValue,
    ReadValue, SchemaSource, WriteValue,
};

use super::Cache;
use super::remove::values;
use crate::arguments::Arguments;
use crate::client::{
    Answer, Argument, Describe, Encoder, Need, NeedOf, Operation, TypesOf, encode_all,
};
use crate::error::Error;

const PROCESSORS: Need = Need {
    of: NeedOf::Feature(Feature::CacheInvoke),
    what: "entry processors",
};

/// What an entry processor threw for one of several keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry processor failed: {message}")]
pub struct InvokeError {
    /// The node's own words.
    pub message: String,
}

/// A processor with its arguments, encoded for each attempt.
struct Call<'q> {
    processor: Argument<'q>,
    arguments: Vec<Argument<'q>>,
}

impl<'q> Call<'q> {
    fn new<P>(processor: &'q P, arguments: impl Arguments<'q>) -> Self
    where
        P: WriteValue + Sync + ?Sized,
    {
        Self {
            processor: Argument::new(processor),
            arguments: arguments.into_list(),
        }
    }

    /// The binary types of the call and of its keys.
    fn types<Q: WriteValue + ?Sized>(&self) -> TypesOf {
        let arguments = self.arguments.iter().chain([&self.processor]);
        let of_keys: Describe = Q::describe;
        TypesOf::described_by_all(arguments.map(Argument::describe).chain([of_keys]))
    }

    fn encode(&self, encoder: &Encoder) -> EntryProcessor {
        EntryProcessor {
            object: self.processor.encode(encoder),
            platform: CodePlatform::Java.code(),
            arguments: encode_all(&self.arguments, encoder),
        }
    }
}

impl<K, V> Cache<K, V> {
    /// Runs an entry processor on a key, whether it has a value or not, and answers what it
    /// answers. Operation 1024.
    ///
    /// The processor is a structure that stands for an object of a Java class known to the servers,
    /// which implements `EntryProcessor` (or Ignite's `CacheEntryProcessor`): its type name is the
    /// name of the class. The arguments are a tuple. What answers nothing is read as `Option`.
    ///
    /// ```no_run
    /// # use portway_ignite::{Cache, Error, IgniteObject};
    /// #[derive(IgniteObject)]
    /// #[ignite(type_name = "com.example.Deposit")]
    /// struct Deposit {}
    ///
    /// # async fn deposit(accounts: Cache<String, i64>) -> Result<(), Error> {
    /// let balance: i64 = accounts.invoke("Ada", &Deposit {}, (100_i64,)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As every operation of a [`Cache`], [`Error::Decode`], [`Error::Unsupported`] for a node
    /// before 2.16, and [`Error::Server`] with
    /// [`Status::ENTRY_PROCESSOR`](crate::Status::ENTRY_PROCESSOR) when the
    /// processor throws; the entry is then unchanged. Of a class that a node does not have, or which
    /// is no processor, it says nothing but the name.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn invoke<'q, R, Q, P>(
        &self,
        key: &Q,
        processor: &'q P,
        arguments: impl Arguments<'q>,
    ) -> Result<R, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized,
        P: WriteValue + Sync + ?Sized,
        R: ReadValue,
    {
        const INVOKE: Operation<'static> = Operation::write("invoke");
        let call = Call::new(processor, arguments);
        let action = |encoder: &Encoder| KeyValueAction::Invoke {
            key: encoder.value(key),
            processor: call.encode(encoder),
        };
        let types = call.types::<Q>();
        let operation = self.keyed(self.operation(INVOKE), key).with_types(&types);
        let answer = self.process(operation, action).await?;
        let answer: RawValue = answer.read()?;
        let read = |schemas: &dyn SchemaSource| answer.read_with(schemas);
        self.client.decode(INVOKE.name(), read).await
    }

    async fn process(
        &self,
        operation: Operation<'_>,
        action: impl Fn(&Encoder) -> KeyValueAction,
    ) -> Result<Answer, Error> {
        self.act_as(operation.needing(Some(&PROCESSORS)), action)
            .await
    }
}

impl<K: ReadValue, V> Cache<K, V> {
    /// Runs an entry processor on several keys and answers what it answers for each, in no order.
    /// Operation 1025.
    ///
    /// What it throws for one key is told for that key and does not stop the others. Keys for which
    /// a processor answers nothing are left out.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke), but for what the processor throws.
    ///
    /// # Cancel safety
    /// The future can be dropped at any time. Whether it was carried out is then unknown.
    pub async fn invoke_all<'q, R, Q, P>(
        &self,
        keys: impl IntoIterator<Item = &'q Q>,
        processor: &'q P,
        arguments: impl Arguments<'q>,
    ) -> Result<Vec<(K, Result<R, InvokeError>)>, Error>
    where
        K: Borrow<Q>,
        Q: WriteValue + ?Sized + 'q,
        P: WriteValue + Sync + ?Sized,
        R: ReadValue,
    {
        const INVOKE_ALL: Operation<'static> = Operation::write("invoke_all");
        let keys: Vec<&Q> = keys.into_iter().collect();
        let call = Call::new(processor, arguments);
        let action = |encoder: &Encoder| KeyValueAction::InvokeAll {
            keys: values(encoder, &keys),
            processor: call.encode(encoder),
        };
        let types = call.types::<Q>();
        let Some(first) = keys.first() else {
            return Ok(Vec::new());
        };
        let operation = self.keyed(self.operation(INVOKE_ALL), *first);
        let operation = operation.with_types(&types);
        let answer = self.process(operation, action).await?;
        let outcomes: Vec<InvokeOutcome> = answer.read()?;
        let mut results = Vec::with_capacity(outcomes.len());
        for outcome in &outcomes {
            let read = |schemas: &dyn SchemaSource| read_outcome(outcome, schemas);
            results.push(self.client.decode(INVOKE_ALL.name(), read).await?);
        }
        Ok(results)
    }
}

fn read_outcome<K: ReadValue, R: ReadValue>(
    outcome: &InvokeOutcome,
    schemas: &dyn SchemaSource,
) -> Result<(K, Result<R, InvokeError>), DecodeError> {
    let key = outcome.key.read_with(schemas)?;
    let result = match &outcome.result {
        Ok(answer) => Ok(answer.read_with(schemas)?),
        Err(message) => Err(InvokeError {
            message: message.clone(),
        }),
    };
    Ok((key, result))
}
