//! Putting programs on interfaces, and how they come off.

use std::thread;
use std::time::Duration;

use portway_xdp::program::{
    AttachMode, AttachPolicy, Attached, Match, ProgramError, Redirection, can_redirect,
};

use crate::child::{Child, Role};
use crate::network::in_network;
use crate::support::{PATIENCE, attach, with_peer_elsewhere};

#[test]
fn a_second_program_is_refused_with_what_to_do() {
    in_network(1, || {
        let first = attach(AttachPolicy::Driver).unwrap();
        for policy in [
            AttachPolicy::Driver,
            AttachPolicy::Generic,
            AttachPolicy::default(),
        ] {
            let error = attach(policy).unwrap_err();
            let ProgramError::AlreadyAttached { program, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(*program, Some(first.program_id().unwrap()));
            assert!(
                error.to_string().contains("ip -details link show dev left"),
                "{error}"
            );
        }
    });
}

#[test]
fn attaching_waits_for_a_program_that_is_about_to_go() {
    in_network(1, || {
        let first = attach(AttachPolicy::Driver).unwrap();
        let leaving = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            drop(first);
        });
        let builder = Attached::builder("left", Match::everything()).patience(PATIENCE);
        builder.attach().unwrap();
        leaving.join().unwrap();
    });
}

#[test]
fn a_killed_process_leaves_no_program() {
    in_network(1, || {
        let mut child = Child::start(Role::HoldProgram, &[]);
        child.wait_for_line("attached");
        let error = attach(AttachPolicy::Driver).unwrap_err();
        assert!(
            matches!(error, ProgramError::AlreadyAttached { .. }),
            "{error}"
        );
        child.kill();
        let builder = Attached::builder("left", Match::everything()).patience(PATIENCE);
        assert_eq!(
            builder
                .policy(AttachPolicy::Driver)
                .attach()
                .unwrap()
                .mode(),
            AttachMode::Driver
        );
    });
}

#[test]
fn without_privileges_the_error_names_them() {
    in_network(1, || {
        let mut child = Child::start_with_capabilities("net_raw", Role::TryAttach, &[]);
        child.wait_for_line("CAP_BPF and CAP_NET_ADMIN");
    });
}

#[test]
fn an_interface_without_a_driver_program_falls_back_to_generic_mode_and_tells() {
    in_network(1, || {
        let on_loopback = |policy| {
            Attached::builder("lo", Match::everything())
                .policy(policy)
                .attach()
        };
        let attached = on_loopback(AttachPolicy::DriverElseGeneric).unwrap();
        assert_eq!(attached.mode(), AttachMode::Generic);
        assert!(attached.refusal().is_some());
        drop(attached);
        let error = on_loopback(AttachPolicy::Driver).unwrap_err();
        let refused = matches!(
            error,
            ProgramError::ModeRefused {
                mode: AttachMode::Driver,
                ..
            }
        );
        assert!(refused, "{error}");
    });
}

#[test]
fn an_interface_that_is_not_there_is_named() {
    let error = Attached::builder("nowhere0", Match::everything())
        .attach()
        .unwrap_err();
    assert!(
        matches!(error, ProgramError::NoSuchInterface { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("nowhere0"), "{error}");
}

#[test]
fn a_veth_can_redirect_once_its_peer_polls() {
    in_network(1, || {
        assert_eq!(can_redirect("lo").unwrap(), Redirection::Possible);
        let found = can_redirect("left").unwrap();
        assert_eq!(
            found,
            Redirection::PeerNotReady {
                peer: "right".to_owned()
            }
        );
        let attached = Attached::builder("right", Match::any([])).attach().unwrap();
        assert_eq!(can_redirect("left").unwrap(), Redirection::Possible);
        drop(attached);
        let _elsewhere = with_peer_elsewhere(|| {
            assert_eq!(can_redirect("right").unwrap(), Redirection::PeerElsewhere);
        });
    });
}
