//! Random transactions of several clients are what they would be one after the other, in the order
//! of their commits.

use std::collections::BTreeMap;

use portway_ignite_protocol::{Concurrency, Isolation, StartTransaction};
use proptest::prelude::*;

use super::tests::{bank, outside};
use super::*;
use crate::engine::{Call, Condition};

const NOW: i64 = 1000;

/// Kinds of transactions that are isolated from each other.
const KINDS: [(Concurrency, Isolation); 3] = [
    (Concurrency::Pessimistic, Isolation::RepeatableRead),
    (Concurrency::Pessimistic, Isolation::Serializable),
    (Concurrency::Optimistic, Isolation::Serializable),
];

#[derive(Clone, Copy, Debug)]
enum Step {
    Begin(usize),
    Read(u8),
    Write(u8, u8),
    Remove(u8),
    Commit,
    RollBack,
    /// Outside of the transaction.
    WriteAlone(u8, u8),
}

/// An operation and what it saw.
type Done = (Step, Option<u8>);

#[derive(Default)]
struct Client {
    transaction: Option<TransactionId>,
    log: Vec<Done>,
}

struct World {
    engine: Engine,
    clients: [Client; 3],
    serial: BTreeMap<u8, u8>,
}

impl World {
    fn take(&mut self, client: usize, step: Step) -> Result<(), TestCaseError> {
        let connection = ConnectionId(client as u64 + 1);
        match (step, self.clients[client].transaction) {
            (Step::Begin(kind), None) => self.begin(client, connection, KINDS[kind]),
            (Step::Commit, Some(id)) => return self.commit(client, id),
            (Step::RollBack, Some(id)) => self.roll_back(client, id),
            (Step::WriteAlone(key, value), _) => {
                if update(&mut self.engine, outside(), key, Some(value)).is_ok() {
                    self.serial.insert(key, value);
                }
            }
            (step, Some(id)) => self.operate(client, id, step),
            (_, None) => {}
        }
        Ok(())
    }

    fn begin(
        &mut self,
        client: usize,
        connection: ConnectionId,
        (concurrency, isolation): (Concurrency, Isolation),
    ) {
        let options = StartTransaction {
            concurrency,
            isolation,
            timeout: 0,
            label: None,
        };
        let number = self.engine.begin_transaction(connection, options, NOW);
        let transaction = self.engine.find_transaction(connection, number.unwrap());
        self.clients[client] = Client {
            transaction,
            log: Vec::new(),
        };
    }

    fn operate(&mut self, client: usize, id: TransactionId, step: Step) {
        let call = Call {
            transaction: Some(id),
            ..outside()
        };
        let seen = match step {
            Step::Read(key) => read(&mut self.engine, call, key),
            Step::Write(key, value) => update(&mut self.engine, call, key, Some(value)),
            Step::Remove(key) => update(&mut self.engine, call, key, None),
            _ => return,
        };
        match seen {
            Ok(seen) => self.clients[client].log.push((step, seen)),
            // It would have to wait: it gives up.
            Err(_) => self.roll_back(client, id),
        }
    }

    fn roll_back(&mut self, client: usize, id: TransactionId) {
        self.engine.roll_back(id.connection, id.number);
        self.clients[client] = Client::default();
    }

    fn commit(&mut self, client: usize, id: TransactionId) -> Result<(), TestCaseError> {
        let committed = self
            .engine
            .commit_transaction(id.connection, id.number, NOW);
        let log = std::mem::take(&mut self.clients[client]).log;
        if committed.is_err() {
            return Ok(());
        }
        for (step, seen) in log {
            let expected = match step {
                Step::Write(key, value) => self.serial.insert(key, value),
                Step::Remove(key) => self.serial.remove(&key),
                Step::Read(key) => self.serial.get(&key).copied(),
                _ => None,
            };
            prop_assert_eq!(seen, expected, "{:?}", step);
        }
        Ok(())
    }
}

fn read(engine: &mut Engine, call: Call, key: u8) -> Result<Option<u8>, EngineError> {
    let value = engine.value(call, &[key])?;
    Ok(value.map(|value| value[0]))
}

/// Answers the value before.
fn update(
    engine: &mut Engine,
    call: Call,
    key: u8,
    value: Option<u8>,
) -> Result<Option<u8>, EngineError> {
    let value = value.map(|value| [value]);
    let new = value.as_ref().map(|value| &value[..]);
    let outcome = engine.update(call, &[key], Condition::Always, new)?;
    Ok(outcome.old.map(|old| old[0]))
}

fn step() -> impl Strategy<Value = Step> {
    let (key, value) = (0..4u8, 0..4u8);
    prop_oneof![
        2 => (0..KINDS.len()).prop_map(Step::Begin),
        4 => key.clone().prop_map(Step::Read),
        4 => (key.clone(), value.clone()).prop_map(|(key, value)| Step::Write(key, value)),
        1 => key.clone().prop_map(Step::Remove),
        3 => Just(Step::Commit),
        1 => Just(Step::RollBack),
        1 => (key, value).prop_map(|(key, value)| Step::WriteAlone(key, value)),
    ]
}

proptest! {
    #[test]
    fn transactions_are_as_if_one_after_the_other(
        steps in prop::collection::vec((0..3usize, step()), 1..150),
    ) {
        let mut world = World {
            engine: bank(),
            clients: Default::default(),
            serial: BTreeMap::new(),
        };
        for (client, step) in steps {
            world.take(client, step)?;
        }
        for key in 0..4 {
            let stored = read(&mut world.engine, outside(), key).unwrap();
            prop_assert_eq!(stored, world.serial.get(&key).copied());
        }
    }
}
