//! The requests of a connection that wait for their answers, each in a seat that its id names.

use std::mem;
use std::task::Waker;

use bytes::Bytes;
use portway_ignite_protocol::ServerError;
use tokio::time::Instant;

use super::listeners::Listeners;
use super::pending::{Opens, Reply, Ties, accept};
use super::transaction::TransactionPart;
use crate::error::Error;

/// The bits of an id that name the seat; those above count how often the seat was taken.
const SEAT_BITS: u32 = 32;

/// The seats of one connection.
///
/// A seat is taken when a request is queued and left when its answer was fetched by who waits, or
/// came for nobody. An id is never used twice, so that a doubled answer meets an empty seat.
#[derive(Debug, Default)]
pub(crate) struct Table {
    seats: Vec<Seat>,
    /// The seat that became free last: its memory is warm.
    free: Option<u32>,
    /// Requests without an answer whose answer will name a new stream.
    awaited_streams: usize,
}

/// A request as it takes its seat.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) operation: &'static str,
    pub(crate) ties: Option<Box<Ties>>,
    /// When who waits is told that it took too long.
    pub(crate) deadline: Instant,
    pub(crate) waker: Waker,
}

/// A request after its answer came. It is handled under no lock, because a waker and the end of a
/// transaction may run other code.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Wakes who waits for the answer.
    pub(crate) waker: Option<Waker>,
    pub(crate) part_of: Option<TransactionPart>,
}

/// What is left when nobody waits any more. It is dropped outside of any lock: a waker may drop a
/// whole task with it.
#[derive(Debug)]
pub(crate) enum Leftover {
    Waker(#[expect(dead_code, reason = "it is only dropped")] Waker),
    Answer(#[expect(dead_code, reason = "it is only dropped")] Result<Reply, Error>),
}

/// How the waiting for an answer ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Result<Reply, Error>),
    /// The deadline has passed.
    Expired,
}

#[derive(Debug)]
struct Seat {
    /// How often it was taken.
    turn: u32,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Free { next: Option<u32> },
    InFlight(InFlight),
    Answered(Result<Reply, Error>),
}

#[derive(Debug)]
struct InFlight {
    operation: &'static str,
    ties: Option<Box<Ties>>,
    deadline: Instant,
    /// Where its frame begins in the stream of all that is sent.
    start: u64,
    waiter: Waiter,
}

#[derive(Debug)]
enum Waiter {
    Waiting(Waker),
    /// It is told that the deadline has passed; the seat is kept for the answer.
    Expired,
    Gone,
}

impl Table {
    /// Takes a seat for a request whose frame begins at `start` in the stream of all that is sent,
    /// and answers its id: positive, and new.
    pub(crate) fn insert(&mut self, queued: Queued, start: u64) -> i64 {
        let notifies = |ties: &Ties| ties.opens.notifies();
        self.awaited_streams += usize::from(queued.ties.as_deref().is_some_and(notifies));
        let index = self.take_seat();
        let seat = &mut self.seats[index as usize];
        seat.turn = seat.turn % i32::MAX.unsigned_abs() + 1;
        seat.stage = Stage::InFlight(InFlight {
            operation: queued.operation,
            ties: queued.ties,
            deadline: queued.deadline,
            start,
            waiter: Waiter::Waiting(queued.waker),
        });
        i64::from(seat.turn) << SEAT_BITS | i64::from(index)
    }

    /// Whether there are requests whose answers will name new streams.
    pub(crate) fn awaits_stream(&self) -> bool {
        self.awaited_streams > 0
    }

    /// Takes the answer of a request; `None` if none of this id waits.
    pub(crate) fn settle(
        &mut self,
        id: i64,
        outcome: Result<Bytes, ServerError>,
        arrived: Instant,
        listeners: &mut Listeners,
    ) -> Option<Settled> {
        let index = self.seat_of(id)?;
        let request = self.seats[index as usize].in_flight()?;
        let waiter = mem::replace(&mut request.waiter, Waiter::Gone);
        let operation = request.operation;
        let (opens, part_of) = match request.ties.take() {
            None => (Opens::Nothing, None),
            Some(ties) => (ties.opens, ties.part_of),
        };
        self.awaited_streams -= usize::from(opens.notifies());
        let reply = accept(operation, outcome, arrived, opens, listeners);
        let waker = match waiter {
            Waiter::Waiting(waker) => Some(waker),
            // It was woken already.
            Waiter::Expired => None,
            Waiter::Gone => {
                self.leave(index);
                return Some(Settled {
                    waker: None,
                    part_of,
                });
            }
        };
        self.seats[index as usize].stage = Stage::Answered(reply);
        Some(Settled { waker, part_of })
    }

    /// How the waiting for a request ended, once it has; then the request is forgotten.
    pub(crate) fn end(&mut self, id: i64) -> Option<Outcome> {
        let index = self.seat_of(id)?;
        if let Some(answer) = self.fetch(index) {
            return Some(Outcome::Answered(answer));
        }
        let request = self.seats[index as usize].in_flight()?;
        if !matches!(request.waiter, Waiter::Expired) {
            return None;
        }
        request.waiter = Waiter::Gone;
        Some(Outcome::Expired)
    }

    /// Has another waker woken for a request that is waited for. The one that is not needed any
    /// more comes back.
    ///
    /// Nobody waits on after the end; if someone does, it waits for ever.
    pub(crate) fn wake_by(&mut self, id: i64, waker: &Waker) -> Option<Leftover> {
        let index = self.seat_of(id)?;
        match &mut self.seats[index as usize].in_flight()?.waiter {
            Waiter::Waiting(known) if !known.will_wake(waker) => {
                Some(Leftover::Waker(mem::replace(known, waker.clone())))
            }
            Waiter::Waiting(_) | Waiter::Expired | Waiter::Gone => None,
        }
    }

    /// Notes that nobody waits any more.
    pub(crate) fn abandon(&mut self, id: i64) -> Option<Leftover> {
        let index = self.seat_of(id)?;
        if let Some(answer) = self.fetch(index) {
            return Some(Leftover::Answer(answer));
        }
        let request = self.seats[index as usize].in_flight()?;
        match mem::replace(&mut request.waiter, Waiter::Gone) {
            Waiter::Waiting(waker) => Some(Leftover::Waker(waker)),
            Waiter::Expired | Waiter::Gone => None,
        }
    }

    /// Whether anybody waits for an answer.
    pub(crate) fn is_awaited(&self) -> bool {
        self.seats.iter().any(|seat| match &seat.stage {
            Stage::InFlight(request) => matches!(request.waiter, Waiter::Waiting(_)),
            Stage::Free { .. } | Stage::Answered(_) => false,
        })
    }

    /// Tells those whose deadlines have passed, and answers the next deadline.
    pub(crate) fn expire(&mut self, now: Instant, wakers: &mut Vec<Waker>) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        for request in self.seats.iter_mut().filter_map(Seat::in_flight) {
            if !matches!(request.waiter, Waiter::Waiting(_)) {
                continue;
            }
            if request.deadline > now {
                next = Some(next.map_or(request.deadline, |next| next.min(request.deadline)));
            } else if let Waiter::Waiting(waker) =
                mem::replace(&mut request.waiter, Waiter::Expired)
            {
                wakers.push(waker);
            }
        }
        next
    }

    /// Answers all requests that wait with the loss of the connection, of whose stream `written`
    /// bytes left this process.
    pub(crate) fn fail(&mut self, lost: &Error, written: u64) -> Vec<Settled> {
        let undelivered = lost.clone().undelivered();
        self.awaited_streams = 0;
        let failed = self.seats.iter_mut().filter_map(|seat| {
            let request = seat.in_flight()?;
            let was_sent = request.start < written;
            let error = if was_sent { lost } else { &undelivered };
            let part_of = request.ties.take().and_then(|ties| ties.part_of);
            let waker = match mem::replace(&mut request.waiter, Waiter::Gone) {
                Waiter::Waiting(waker) => Some(waker),
                Waiter::Expired => None,
                // No seat is taken again: the connection has ended.
                Waiter::Gone => {
                    return Some(Settled {
                        waker: None,
                        part_of,
                    });
                }
            };
            seat.stage = Stage::Answered(Err(error.clone()));
            Some(Settled { waker, part_of })
        });
        failed.collect()
    }

    /// The seat that an id names, while it is taken by that request.
    fn seat_of(&self, id: i64) -> Option<u32> {
        let index = u32::try_from(id & i64::from(u32::MAX)).ok()?;
        let turn = u32::try_from(id >> SEAT_BITS).ok()?;
        let seat = self.seats.get(index as usize)?;
        let is_taken = !matches!(seat.stage, Stage::Free { .. });
        (seat.turn == turn && is_taken).then_some(index)
    }

    fn take_seat(&mut self) -> u32 {
        if let Some(index) = self.free
            && let Stage::Free { next } = self.seats[index as usize].stage
        {
            self.free = next;
            return index;
        }
        self.seats.push(Seat {
            turn: 0,
            stage: Stage::Free { next: None },
        });
        u32::try_from(self.seats.len() - 1).expect("each seat takes memory: there are fewer")
    }

    /// Takes the answer, if it is there, and leaves the seat.
    fn fetch(&mut self, index: u32) -> Option<Result<Reply, Error>> {
        if !matches!(self.seats[index as usize].stage, Stage::Answered(_)) {
            return None;
        }
        match self.leave(index) {
            Stage::Answered(answer) => Some(answer),
            Stage::InFlight(_) | Stage::Free { .. } => None,
        }
    }

    fn leave(&mut self, index: u32) -> Stage {
        let free = Stage::Free { next: self.free };
        self.free = Some(index);
        mem::replace(&mut self.seats[index as usize].stage, free)
    }
}

impl Seat {
    fn in_flight(&mut self) -> Option<&mut InFlight> {
        match &mut self.stage {
            Stage::InFlight(request) => Some(request),
            Stage::Free { .. } | Stage::Answered(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
