//! What a thread does all day.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    bell::Bell,
    figures::ThreadFigures,
    lane::Lane,
    load::Load,
    order::Order,
    parcel::{Inbound, Outbound},
    sleep::Sleeper,
};
use crate::modes::Outputs;

/// How often it looks after what no burst tells.
const BETWEEN_CHECKS: Duration = Duration::from_millis(500);
/// How long it sleeps at most while it is paused, so that its checks go on.
const PAUSED_SLEEP: Duration = BETWEEN_CHECKS;
/// How long it sleeps at most where a port has nothing to wait for, as one over a ring.
const BLIND_SLEEP: Duration = Duration::from_millis(1);

/// Everything that belongs to one thread.
#[derive(Debug)]
pub(super) struct WorkerThread {
    pub(super) lanes: Vec<Lane>,
    pub(super) outputs: Outputs,
    pub(super) inbound: Vec<Inbound>,
    pub(super) outbound: Vec<Outbound>,
    pub(super) bell: Arc<Bell>,
    pub(super) sleeper: Sleeper,
    pub(super) figures: Arc<ThreadFigures>,
    /// Nothing has come for so long: it is idle. Never, if none.
    pub(super) idle_timeout: Option<Duration>,
    /// How long it sleeps at most, once idle. It polls on, if none.
    pub(super) interrupt_timeout: Option<Duration>,
}

impl WorkerThread {
    /// Works until it is told to end.
    pub(super) fn run(mut self) {
        self.watch();
        let mut load = Load::new(Instant::now());
        let mut checked = Instant::now();
        while !self.bell.is_to_end() {
            self.obey();
            let worked = !self.is_paused() && self.turn();
            let now = match load.turn(worked) {
                Some(now) => now,
                None if worked || !self.may_sleep(&load) => continue,
                None => load.read(false),
            };
            if now - checked >= BETWEEN_CHECKS {
                checked = now;
                self.check();
            }
            self.figures.spent(load.times());
            if !worked && self.may_sleep(&load) {
                self.sleep();
                load.read(false);
            }
        }
        self.figures.spent(load.times());
    }

    fn is_paused(&self) -> bool {
        self.figures.is_paused.load(Ordering::Relaxed)
    }

    /// One round: what other threads sent, then each port. Tells whether there was anything.
    #[inline]
    fn turn(&mut self) -> bool {
        let mut worked = self.take_parcels();
        for at in 0..self.lanes.len() {
            if self.lanes[at].serve(&mut self.outputs) {
                worked = true;
                self.flush();
            }
        }
        if self.outputs.waiting() > 0 {
            self.flush();
        }
        worked
    }

    fn take_parcels(&mut self) -> bool {
        let mut took = false;
        for inbound in &mut self.inbound {
            took |= inbound.take(&mut self.outputs);
        }
        if took {
            self.outputs.release();
            self.figures.discards.publish(self.outputs.discards());
        }
        took
    }

    #[inline]
    fn flush(&mut self) {
        for lane in &mut self.lanes {
            lane.flush(&mut self.outputs);
        }
        for outbound in &mut self.outbound {
            outbound.flush(&mut self.outputs);
        }
    }

    fn obey(&mut self) {
        while let Some(order) = self.bell.take() {
            match order {
                Order::Resume => self.figures.is_paused.store(false, Ordering::Relaxed),
                Order::Pause => self.figures.is_paused.store(true, Ordering::Relaxed),
                Order::Rules(rules) => {
                    for lane in &mut self.lanes {
                        lane.replace_rules(&rules);
                    }
                }
            }
        }
    }

    fn check(&mut self) {
        for lane in &mut self.lanes {
            let was_over = lane.is_over();
            if !lane.check(&mut self.outputs)
                && !was_over
                && let Some(descriptor) = lane.descriptor()
            {
                self.sleeper.forget(descriptor);
            }
        }
        self.figures.discards.publish(self.outputs.discards());
    }

    fn watch(&mut self) {
        for descriptor in self.lanes.iter().filter_map(Lane::descriptor) {
            if let Err(error) = self.sleeper.watch(descriptor) {
                tracing::warn!(thread = self.figures.name, %error, "a port cannot be waited for: its thread polls");
                self.interrupt_timeout = None;
            }
        }
    }

    fn may_sleep(&self, load: &Load) -> bool {
        if self.is_paused() || self.is_idle_for_good() {
            return true;
        }
        let is_idle = self
            .idle_timeout
            .is_some_and(|limit| load.idle_for() >= limit);
        is_idle && self.interrupt_timeout.is_some() && self.outputs.waiting() == 0
    }

    /// Whether all its ports have ended.
    fn is_idle_for_good(&self) -> bool {
        self.lanes.iter().all(Lane::is_over)
    }

    fn sleep(&mut self) {
        self.bell.doze();
        let is_waited_for = self.bell.has_news()
            || (!self.is_paused() && self.inbound.iter().any(|inbound| !inbound.is_empty()));
        if !is_waited_for {
            self.sleeper.sleep(self.longest_sleep());
            self.figures.slept();
        }
        self.bell.rise();
    }

    fn longest_sleep(&self) -> Duration {
        if self.is_paused() || self.is_idle_for_good() {
            return PAUSED_SLEEP;
        }
        let limit = self.interrupt_timeout.unwrap_or(BLIND_SLEEP);
        if self.lanes.iter().any(Lane::is_blind) {
            return limit.min(BLIND_SLEEP);
        }
        limit.min(BETWEEN_CHECKS)
    }
}
