//! The table beside a naive model, and its corner cases.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::address::Address;
use crate::connection::listeners::QueueLimit;
use crate::error::{Delivery, LossReason};

/// What is done to the table. A number chooses among the requests so far.
#[derive(Clone, Copy, Debug)]
enum Step {
    Insert,
    Settle(usize),
    Poll(usize),
    Abandon(usize),
}

/// What a request must be, as far as a map can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Waiting,
    Abandoned,
    Answered,
    Over,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Insert),
        3 => any::<usize>().prop_map(Step::Settle),
        3 => any::<usize>().prop_map(Step::Poll),
        1 => any::<usize>().prop_map(Step::Abandon),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn every_answer_finds_its_own_request_and_no_other(steps in steps()) {
        let mut test = Test::default();
        for step in steps {
            test.step(step)?;
        }
        let taken = test.model.values().filter(|it| **it != Expected::Over).count();
        prop_assert!(test.table.seats.len() <= test.most, "seats are used again");
        prop_assert!(taken <= test.table.seats.len());
    }
}

struct Test {
    table: Table,
    listeners: Listeners,
    ids: Vec<i64>,
    model: HashMap<i64, Expected>,
    /// The largest number of seats that were taken at once.
    most: usize,
}

impl Default for Test {
    fn default() -> Self {
        Self {
            table: Table::default(),
            listeners: listeners(),
            ids: Vec::new(),
            model: HashMap::new(),
            most: 0,
        }
    }
}

impl Test {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let chosen = |number: usize| self.ids.get(number % self.ids.len().max(1)).copied();
        match step {
            Step::Insert => self.insert(),
            Step::Settle(number) => chosen(number).map_or(Ok(()), |id| self.settle(id)),
            Step::Poll(number) => chosen(number).map_or(Ok(()), |id| self.poll(id)),
            Step::Abandon(number) => {
                chosen(number).into_iter().for_each(|id| self.abandon(id));
                Ok(())
            }
        }
    }

    fn insert(&mut self) -> Result<(), TestCaseError> {
        let id = self.table.insert(queued(Opens::Nothing, FAR), 0);
        prop_assert!(id > 0);
        prop_assert_eq!(
            self.model.insert(id, Expected::Waiting),
            None,
            "ids are new"
        );
        self.ids.push(id);
        let taken = self
            .model
            .values()
            .filter(|it| **it != Expected::Over)
            .count();
        self.most = self.most.max(taken);
        Ok(())
    }

    fn settle(&mut self, id: i64) -> Result<(), TestCaseError> {
        let body = Bytes::copy_from_slice(&id.to_le_bytes());
        let settled = self
            .table
            .settle(id, Ok(body), Instant::now(), &mut self.listeners);
        let (is_known, next) = match self.model[&id] {
            Expected::Waiting => (true, Expected::Answered),
            Expected::Abandoned => (true, Expected::Over),
            other => (false, other),
        };
        prop_assert_eq!(settled.is_some(), is_known);
        self.model.insert(id, next);
        Ok(())
    }

    fn poll(&mut self, id: i64) -> Result<(), TestCaseError> {
        match (self.model[&id], poll(&mut self.table, id)) {
            (Expected::Answered, Some(Outcome::Answered(Ok(reply)))) => {
                prop_assert_eq!(&reply.body[..], &id.to_le_bytes()[..]);
                self.model.insert(id, Expected::Over);
            }
            (Expected::Waiting | Expected::Abandoned | Expected::Over, None) => {}
            (expected, polled) => prop_assert!(false, "{expected:?} but {polled:?}"),
        }
        Ok(())
    }

    fn abandon(&mut self, id: i64) {
        drop(self.table.abandon(id));
        let next = match self.model[&id] {
            Expected::Waiting => Expected::Abandoned,
            Expected::Answered => Expected::Over,
            other => other,
        };
        self.model.insert(id, next);
    }
}

const FAR: Duration = Duration::from_secs(3600);

#[test]
fn a_deadline_is_told_once_and_the_seat_waits_for_the_answer() {
    let mut table = Table::default();
    let late = table.insert(queued(Opens::Nothing, Duration::ZERO), 0);
    let soon = table.insert(queued(Opens::Nothing, FAR), 1);
    let now = Instant::now();
    let mut wakers = Vec::new();
    let next = table.expire(now, &mut wakers);
    assert_eq!(wakers.len(), 1);
    assert!(next.is_some_and(|next| next > now));
    assert!(matches!(poll(&mut table, late), Some(Outcome::Expired)));
    assert!(poll(&mut table, soon).is_none());
    table.expire(now, &mut wakers);
    assert_eq!(wakers.len(), 1, "it is told once");
    let settled = table.settle(late, Ok(Bytes::new()), Instant::now(), &mut listeners());
    assert!(settled.is_some_and(|settled| settled.waker.is_none()));
}

#[test]
fn an_answer_that_comes_before_the_deadline_was_noticed_counts() {
    let mut table = Table::default();
    let id = table.insert(queued(Opens::Nothing, Duration::ZERO), 0);
    table.expire(Instant::now(), &mut Vec::new());
    table.settle(id, Ok(Bytes::new()), Instant::now(), &mut listeners());
    assert!(matches!(
        poll(&mut table, id),
        Some(Outcome::Answered(Ok(_)))
    ));
}

#[test]
fn a_lost_connection_tells_apart_what_was_sent_and_what_was_not() {
    let mut table = Table::default();
    let ids = [0, 50, 100].map(|start| table.insert(queued(Opens::Nothing, FAR), start));
    table.abandon(ids[0]);
    let failed = table.fail(&lost(), 51);
    assert_eq!(failed.iter().filter(|it| it.waker.is_some()).count(), 2);
    assert_eq!(delivery(&mut table, ids[1]), Some(Delivery::Unknown));
    assert_eq!(delivery(&mut table, ids[2]), Some(Delivery::NotSent));
}

#[test]
fn an_id_is_not_used_again_when_its_seat_is() {
    let mut table = Table::default();
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        let id = table.insert(queued(Opens::Nothing, FAR), 0);
        assert!(seen.insert(id));
        table.settle(id, Ok(Bytes::new()), Instant::now(), &mut listeners());
        assert!(poll(&mut table, id).is_some());
        let again = table.settle(id, Ok(Bytes::new()), Instant::now(), &mut listeners());
        assert!(again.is_none(), "a doubled answer meets nobody");
    }
    assert_eq!(table.seats.len(), 1);
}

#[test]
fn ids_that_were_never_given_meet_nobody() {
    let mut table = Table::default();
    let id = table.insert(queued(Opens::Nothing, FAR), 0);
    for wrong in [0, -1, i64::MIN, i64::MAX, id + 1, id + (1 << SEAT_BITS)] {
        let settled = table.settle(wrong, Ok(Bytes::new()), Instant::now(), &mut listeners());
        assert!(settled.is_none(), "{wrong}");
    }
}

fn queued(opens: Opens, limit: Duration) -> Queued {
    Queued {
        operation: "get",
        ties: Ties::of(opens, None),
        deadline: Instant::now() + limit,
        waker: Waker::noop().clone(),
    }
}

fn listeners() -> Listeners {
    Listeners::new(QueueLimit {
        notifications: 1,
        bytes: 1,
    })
}

fn lost() -> Error {
    Error::ConnectionLost {
        address: Address::tcp("grid", 1),
        reason: LossReason::ClosedByNode,
        delivery: Delivery::Unknown,
    }
}

/// As who waits does it.
fn poll(table: &mut Table, id: i64) -> Option<Outcome> {
    let ended = table.end(id);
    if ended.is_none() {
        drop(table.wake_by(id, Waker::noop()));
    }
    ended
}

fn delivery(table: &mut Table, id: i64) -> Option<Delivery> {
    match poll(table, id) {
        Some(Outcome::Answered(Err(Error::ConnectionLost { delivery, .. }))) => Some(delivery),
        _ => None,
    }
}
