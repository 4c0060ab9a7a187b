//! When each flow wants to be looked at again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// Names a flow inside one stack; never used twice while the process runs, so that a late
/// readiness event of a closed socket can name nothing else.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct FlowId(pub(crate) usize);

/// One deadline for each flow, the earliest first.
///
/// A deadline that moves into the future stays where it is until it fires: the flow is looked at,
/// found not to be due and asked again. A busy flow so costs nothing per packet.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Instant, FlowId)>,
    by_flow: BTreeMap<FlowId, Instant>,
}

impl Deadlines {
    /// Makes sure that the flow fires at `at` or before.
    pub(crate) fn no_later_than(&mut self, flow: FlowId, at: Instant) {
        match self.by_flow.get(&flow) {
            Some(&earlier) if earlier <= at => return,
            Some(&later) => {
                self.by_time.remove(&(later, flow));
            }
            None => {}
        }
        self.by_time.insert((at, flow));
        self.by_flow.insert(flow, at);
    }

    /// Forgets a flow.
    pub(crate) fn remove(&mut self, flow: FlowId) {
        if let Some(at) = self.by_flow.remove(&flow) {
            self.by_time.remove(&(at, flow));
        }
    }

    /// Takes the next flow that is due; it has no deadline until it gets a new one.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<FlowId> {
        let &(at, flow) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.remove(flow);
        Some(flow)
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_flow_fires_first_and_only_once() {
        let start = Instant::now();
        let mut deadlines = Deadlines::default();
        deadlines.no_later_than(FlowId(1), start + Duration::from_secs(2));
        deadlines.no_later_than(FlowId(2), start + Duration::from_secs(1));

        assert_eq!(deadlines.next(), Some(start + Duration::from_secs(1)));
        assert_eq!(deadlines.pop_due(start), None);
        let late = start + Duration::from_secs(3);
        assert_eq!(deadlines.pop_due(late), Some(FlowId(2)));
        assert_eq!(deadlines.pop_due(late), Some(FlowId(1)));
        assert_eq!(deadlines.pop_due(late), None);
    }

    #[test]
    fn a_deadline_moves_nearer_but_never_away() {
        let start = Instant::now();
        let mut deadlines = Deadlines::default();
        deadlines.no_later_than(FlowId(1), start + Duration::from_secs(2));
        deadlines.no_later_than(FlowId(1), start + Duration::from_secs(9));
        assert_eq!(deadlines.next(), Some(start + Duration::from_secs(2)));
        deadlines.no_later_than(FlowId(1), start + Duration::from_secs(1));
        assert_eq!(deadlines.next(), Some(start + Duration::from_secs(1)));
    }

    #[test]
    fn a_removed_flow_never_fires() {
        let start = Instant::now();
        let mut deadlines = Deadlines::default();
        deadlines.no_later_than(FlowId(1), start);
        deadlines.remove(FlowId(1));
        assert_eq!(deadlines.pop_due(start), None);
        assert_eq!(deadlines.next(), None);
    }
}
