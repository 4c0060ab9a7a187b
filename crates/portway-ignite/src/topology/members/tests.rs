use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

#[test]
fn each_listed_node_gets_its_connections() {
    let now = Instant::now();
    let mut members = members(2);
    members.adopt(&opened(1, 1, 100), now);
    members.discovered(&[node(1), node(2)], now);
    let dials = members.dial(now);
    let ports: Vec<_> = dials.iter().map(|dial| dial.address.to_string()).collect();
    assert_eq!(ports, ["grid:1", "grid:2", "grid:2"]);
    assert_eq!(members.dial(now), [], "they are on their way");
}

#[test]
fn an_address_of_a_known_node_is_no_node_of_its_own() {
    let now = Instant::now();
    let mut members = members(1);
    members.adopt(&opened(1, 1, 100), now);
    members.named(&[address(1), address(9)], now);
    let dial = members.dial(now).remove(0);
    assert_eq!(dial.address, address(9));
    // Behind the other name is the same node.
    let verdict = members.dialed(&dial, &opened(9, 1, 101), now);
    assert_eq!(verdict, Verdict::Close);
    assert_eq!(members.due(), None, "nothing is left to connect to");
}

#[test]
fn a_node_with_another_ones_address_is_tried_at_its_own() {
    let now = Instant::now();
    let mut members = members(1);
    members.adopt(&opened(1, 1, 100), now);
    // Each node of a container network lists the loopback address, too.
    let shared = (Uuid::from_u128(2), vec![address(1), address(2)]);
    members.discovered(&[node(1), shared], now);
    let first = members.dial(now).remove(0);
    assert_eq!(first.address, address(1));
    assert_eq!(
        members.dialed(&first, &opened(1, 1, 101), now),
        Verdict::Close
    );
    let second = members.dial(now).remove(0);
    assert_eq!(second.address, address(2));
    assert_eq!(
        members.dialed(&second, &opened(2, 2, 102), now),
        Verdict::Keep
    );
    assert_eq!(members.due(), None);
}

#[test]
fn a_failed_node_is_tried_again_after_growing_pauses() {
    let now = Instant::now();
    let mut members = members(1);
    members.discovered(&[node(1)], now);
    let mut pauses = Vec::new();
    let mut at = now;
    for _ in 0..4 {
        let dial = members.dial(at).remove(0);
        members.failed(&dial, at);
        let due = members.due().unwrap();
        pauses.push(due - at);
        at = due;
    }
    assert!(
        pauses[0] > Duration::ZERO && pauses[3] > pauses[0],
        "{pauses:?}"
    );
}

#[test]
fn a_node_that_left_is_used_until_its_connection_ends() {
    let now = Instant::now();
    let mut members = members(1);
    members.adopt(&opened(1, 1, 100), now);
    members.adopt(&opened(2, 2, 101), now);
    members.discovered(&[node(1)], now);
    assert_eq!(members.members.len(), 2);
    members.lost(101, now);
    assert_eq!(members.members.len(), 1);
    members.lost(100, now);
    assert!(
        members.due().is_some(),
        "the one that stayed is connected again"
    );
}

#[test]
fn a_restarted_node_behind_a_named_address_takes_its_place() {
    let now = Instant::now();
    let mut members = members(1);
    members.named(&[address(1)], now);
    let dial = members.dial(now).remove(0);
    assert_eq!(
        members.dialed(&dial, &opened(1, 1, 100), now),
        Verdict::Keep
    );
    members.lost(100, now);
    let later = members.due().unwrap();
    let dial = members.dial(later).remove(0);
    assert_eq!(
        members.dialed(&dial, &opened(1, 5, 101), later),
        Verdict::Keep
    );
    assert_eq!(members.members.len(), 1);
    assert_eq!(members.due(), None);
}

/// A world of nodes behind addresses, for the model.
#[derive(Clone, Debug)]
enum Step {
    /// Nodes come and go: which node answers at which address.
    Restart(u16, u128),
    Stop(u16),
    /// The grid lists what runs.
    List,
    Name(Vec<u16>),
    Lose(usize),
    Wait,
}

proptest! {
    /// Whatever comes and goes: no node has more connections than wanted, and once the world stands
    /// still and is listed, each node has exactly as many.
    #[test]
    fn every_node_is_connected_in_the_end(
        per_node in 1..3_usize,
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        let mut now = Instant::now();
        let mut members = members(per_node);
        let mut world = World::default();
        for step in steps {
            world.happens(step, &mut members, &mut now);
            world.settle(&mut members, now);
            world.check_limit(per_node)?;
        }
        members.discovered(&world.list(), now);
        for _ in 0..60 {
            now += Duration::from_secs(1);
            world.settle(&mut members, now);
        }
        for node in world.running.values() {
            prop_assert_eq!(world.live.values().filter(|live| *live == node).count(), per_node);
        }
    }
}

#[derive(Default)]
struct World {
    running: HashMap<u16, u128>,
    live: HashMap<u64, u128>,
    serial: u64,
}

impl World {
    fn happens(&mut self, step: Step, members: &mut Members, now: &mut Instant) {
        match step {
            Step::Restart(port, node) => {
                self.stop(port, members, *now);
                // A node has an id of its own, and one address in this world.
                let id = node * 100 + u128::from(port);
                self.running.insert(port, id);
            }
            Step::Stop(port) => self.stop(port, members, *now),
            Step::List => members.discovered(&self.list(), *now),
            Step::Name(ports) => {
                let addresses: Vec<_> = ports.into_iter().map(address).collect();
                members.named(&addresses, *now);
            }
            Step::Lose(place) => {
                let mut serials: Vec<_> = self.live.keys().copied().collect();
                serials.sort_unstable();
                if let Some(serial) = serials.get(place) {
                    self.live.remove(serial);
                    members.lost(*serial, *now);
                }
            }
            Step::Wait => *now += Duration::from_millis(200),
        }
    }

    fn stop(&mut self, port: u16, members: &mut Members, now: Instant) {
        let Some(node) = self.running.remove(&port) else {
            return;
        };
        let lost: Vec<u64> = self
            .live
            .iter()
            .filter(|(_, live)| **live == node)
            .map(|(serial, _)| *serial)
            .collect();
        for serial in lost {
            self.live.remove(&serial);
            members.lost(serial, now);
        }
    }

    fn settle(&mut self, members: &mut Members, now: Instant) {
        for dial in members.dial(now) {
            let Address::Tcp { port, .. } = dial.address else {
                continue;
            };
            let Some(node) = self.running.get(&port).copied() else {
                members.failed(&dial, now);
                continue;
            };
            self.serial += 1;
            if members.dialed(&dial, &opened(port, node, self.serial), now) == Verdict::Keep {
                self.live.insert(self.serial, node);
            }
        }
    }

    fn list(&self) -> Vec<(Uuid, Vec<Address>)> {
        let entry = |(port, node): (&u16, &u128)| (Uuid::from_u128(*node), vec![address(*port)]);
        self.running.iter().map(entry).collect()
    }

    fn check_limit(&self, per_node: usize) -> Result<(), TestCaseError> {
        for node in self.live.values() {
            let count = self.live.values().filter(|live| *live == node).count();
            prop_assert!(count <= per_node, "{count} connections to {node}");
        }
        Ok(())
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..5_u16, 1..9_u128).prop_map(|(port, node)| Step::Restart(port, node)),
        (1..5_u16).prop_map(Step::Stop),
        Just(Step::List),
        proptest::collection::vec(1..5_u16, 1..4).prop_map(Step::Name),
        (0..4_usize).prop_map(Step::Lose),
        Just(Step::Wait),
    ]
}

fn members(per_node: usize) -> Members {
    let policy = ReconnectPolicy::new(Duration::from_millis(100), Duration::from_secs(5));
    Members::new(per_node, policy)
}

fn node(number: u16) -> (Uuid, Vec<Address>) {
    (Uuid::from_u128(number.into()), vec![address(number)])
}

fn address(port: u16) -> Address {
    Address::tcp("grid", port)
}

fn opened(port: u16, node: u128, serial: u64) -> Opened {
    Opened {
        address: address(port),
        node: Some(Uuid::from_u128(node)),
        serial,
    }
}
