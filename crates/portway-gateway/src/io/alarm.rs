//! A timer that wakes the thread.
//!
//! A time limit on each wait would have the kernel program its timer once or twice a packet, which
//! costs more than the packet where the machine is virtual. Deadlines are seconds away and hardly
//! ever come nearer, so one timer is set, left alone, and set again when it has fired.

use std::{
    io,
    os::fd::{AsRawFd as _, OwnedFd},
    time::Instant,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// Wakes the thread no later than asked; it may wake it earlier, for nothing.
pub(super) struct Alarm {
    timer: OwnedFd,
    /// When it will fire, if it is set.
    set_for: Option<Instant>,
}

impl Alarm {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        registry.register(&mut SourceFd(&timer.as_raw_fd()), token, Interest::READABLE)?;
        Ok(Self {
            timer,
            set_for: None,
        })
    }

    /// Sees to it that the thread wakes at `deadline`, unless it will earlier.
    ///
    /// # Errors
    ///
    /// The system's reason; there is none for a valid timer.
    pub(super) fn wake_at(&mut self, deadline: Instant, now: Instant) -> io::Result<()> {
        if self.set_for.is_some_and(|earlier| earlier <= deadline) {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(now);
        let setting = Itimerspec {
            it_interval: timespec(0, 0),
            // All zeros would turn it off.
            it_value: timespec(left.as_secs(), left.subsec_nanos().max(1)),
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &setting)?;
        self.set_for = Some(deadline);
        Ok(())
    }

    /// Notes that it has fired.
    pub(super) fn note_fired(&mut self) {
        self.set_for = None;
    }
}

fn timespec(seconds: u64, nanoseconds: u32) -> Timespec {
    Timespec {
        tv_sec: seconds.try_into().unwrap_or(i64::MAX),
        tv_nsec: nanoseconds.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mio::{Events, Poll};

    use super::*;

    /// Waits for the alarm; false when it does not fire within `limit`.
    fn fires_within(poll: &mut Poll, alarm: &mut Alarm, limit: Duration) -> bool {
        let mut events = Events::with_capacity(1);
        poll.poll(&mut events, Some(limit)).unwrap();
        if events.is_empty() {
            return false;
        }
        alarm.note_fired();
        true
    }

    #[test]
    fn it_wakes_at_each_deadline_though_nobody_reads_it() {
        let mut poll = Poll::new().unwrap();
        let mut alarm = Alarm::new(poll.registry(), Token(0)).unwrap();
        for _ in 0..3 {
            let now = Instant::now();
            alarm.wake_at(now + Duration::from_millis(5), now).unwrap();
            assert!(fires_within(&mut poll, &mut alarm, Duration::from_secs(10)));
            assert!(now.elapsed() >= Duration::from_millis(5));
        }
    }

    #[test]
    fn a_nearer_deadline_counts_and_a_later_one_changes_nothing() {
        let mut poll = Poll::new().unwrap();
        let mut alarm = Alarm::new(poll.registry(), Token(0)).unwrap();
        let now = Instant::now();
        alarm.wake_at(now + Duration::from_secs(600), now).unwrap();
        alarm.wake_at(now + Duration::from_millis(5), now).unwrap();
        alarm.wake_at(now + Duration::from_secs(600), now).unwrap();
        assert!(fires_within(&mut poll, &mut alarm, Duration::from_secs(10)));
    }

    #[test]
    fn a_deadline_that_has_passed_wakes_at_once() {
        let mut poll = Poll::new().unwrap();
        let mut alarm = Alarm::new(poll.registry(), Token(0)).unwrap();
        let now = Instant::now();
        alarm.wake_at(now, now).unwrap();
        assert!(fires_within(&mut poll, &mut alarm, Duration::from_secs(10)));
    }
}
