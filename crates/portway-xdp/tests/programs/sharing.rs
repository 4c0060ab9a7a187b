//! One program for several holders.

use std::thread;
use std::time::{Duration, Instant};

use portway_xdp::program::{
    AttachMode, AttachPolicy, Attached, AttachedBuilder, InterfaceFacts, Match, ProgramError,
    may_be_shared,
};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use crate::network::in_network;
use crate::support::{
    PATIENCE, PORT, open, payloads, send_datagrams_and_ping, with_peer_elsewhere,
};

fn shared(port: u16) -> AttachedBuilder {
    Attached::builder("left", Match::udp_port(port))
        .patience(Duration::ZERO)
        .sharing()
}

fn attached_program() -> Option<u32> {
    InterfaceFacts::of("left").expect("it is there").program
}

#[test]
fn the_program_stays_until_the_last_of_its_holders_has_ended() {
    in_network(1, || {
        let first = shared(PORT).attach().unwrap();
        let second = shared(PORT).attach().unwrap();
        assert_eq!((first.is_shared(), second.is_shared()), (false, true));
        assert_eq!(second.mode(), first.mode());
        let program = second.program_id().unwrap();
        assert_eq!(program, first.program_id().unwrap());
        assert!(may_be_shared(program));
        drop(first);
        assert_eq!(attached_program(), Some(program));

        // The map of the first one serves on.
        let mut socket = open();
        second.insert(0, &socket).unwrap();
        let _elsewhere = with_peer_elsewhere(|| send_datagrams_and_ping(&[PORT], 5));
        assert_eq!(payloads(&mut socket, 5), [0, 1, 2, 3, 4]);

        drop(second);
        let end = Instant::now() + PATIENCE;
        while attached_program().is_some() {
            assert!(Instant::now() < end, "the last one takes it along");
            thread::yield_now();
        }
    });
}

#[test]
fn only_what_does_the_same_in_a_mode_that_may_be_used_is_shared() {
    in_network(1, || {
        let first = shared(PORT).policy(AttachPolicy::Driver).attach().unwrap();
        assert_eq!(first.mode(), AttachMode::Driver);
        let others = [
            shared(PORT + 1),
            shared(PORT).counting(),
            shared(PORT).policy(AttachPolicy::Generic),
            Attached::builder("left", Match::udp_port(PORT)).patience(Duration::ZERO),
        ];
        for other in others {
            let error = other.attach().unwrap_err();
            assert!(
                matches!(error, ProgramError::AlreadyAttached { .. }),
                "{error}"
            );
        }
        drop(first);
    });
}

#[test]
fn without_the_privilege_to_open_it_a_program_is_not_shared() {
    in_network(1, || {
        let first = shared(PORT).attach().unwrap();
        let mut sets = capabilities(None).unwrap();
        sets.effective -= CapabilitySet::SYS_ADMIN;
        set_capabilities(None, sets).unwrap();
        assert!(!may_be_shared(first.program_id().unwrap()));
        let error = shared(PORT).attach().unwrap_err();
        assert!(
            matches!(error, ProgramError::AlreadyAttached { .. }),
            "{error}"
        );
    });
}
