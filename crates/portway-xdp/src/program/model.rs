//! The program that runs in the kernel, compared with the meaning of a match in plain Rust, over frames written by hand and
//! over generated ones.

mod frames;
mod generated;

use std::os::fd::{AsFd, AsRawFd};

use self::frames::{Datagram, Tagged, ipv4, ipv6};
use super::compile::{COUNTERS, PASS, Verdict, compile};
use super::counters::Counters;
use super::matching::{CONDITION_LIMIT, DEPTH_LIMIT, Match};
use super::{MatchError, SocketMap};
use crate::bpf::{Frags, Program};

/// `XDP_DROP`, for frames that match: nothing else of the program returns it.
const MATCHED: i32 = 1;

/// Loads the program of a rule; `None`, with a line that says so, where the test may not.
fn load(rule: &Match) -> Option<Program> {
    let instructions = compile(rule, Verdict::Return(MATCHED)).unwrap();
    match Program::load("portway_model", &instructions, Frags::SingleBuffer) {
        Ok(program) => Some(program),
        Err(error) if error.failure.errno() == libc::EPERM => {
            eprintln!("skipped: loading a program needs CAP_BPF and CAP_NET_ADMIN");
            None
        }
        Err(error) => panic!("{error}\n{}\n{rule:?}", error.log),
    }
}

fn kernel_matches(program: &Program, frame: &[u8]) -> bool {
    match program.run(frame).unwrap().cast_signed() {
        MATCHED => true,
        PASS => false,
        other => panic!("the program returned {other}"),
    }
}

/// Both must answer `expected`; the kernel's part is left out where no program may be loaded.
#[track_caller]
fn check(rule: &Match, frame: &[u8], expected: bool) {
    assert_eq!(rule.matches(frame), expected, "the model, for {rule:?}");
    if let Some(program) = load(rule) {
        assert_eq!(
            kernel_matches(&program, frame),
            expected,
            "the kernel, for {rule:?}"
        );
    }
}

fn prefix(text: &str) -> ipnet::IpNet {
    text.parse().unwrap()
}

#[test]
fn a_udp_port_is_matched_in_both_versions_and_not_in_tcp() {
    let udp = Datagram {
        protocol: 17,
        destination_port: 7,
        ..Datagram::default()
    };
    let tcp = Datagram { protocol: 6, ..udp };
    for frame in [ipv4(&udp), ipv6(&udp)] {
        check(&Match::udp_port(7), &frame, true);
        check(&Match::udp_port(8), &frame, false);
        check(&Match::tcp_port(7), &frame, false);
    }
    check(&Match::tcp_port(7), &ipv4(&tcp), true);
    check(&Match::udp_port(7), &ipv6(&tcp), false);
}

#[test]
fn the_source_port_is_not_the_destination_port() {
    let frame = ipv4(&Datagram {
        source_port: 5,
        destination_port: 7,
        ..Datagram::default()
    });
    check(&Match::udp_source_ports(5..=5), &frame, true);
    check(&Match::udp_source_ports(7..=7), &frame, false);
}

#[test]
fn a_range_of_ports_has_both_its_ends() {
    let to = |port| {
        ipv4(&Datagram {
            destination_port: port,
            ..Datagram::default()
        })
    };
    for (port, expected) in [(99, false), (100, true), (200, true), (201, false)] {
        check(&Match::udp_ports(100..=200), &to(port), expected);
    }
    check(&Match::udp_ports(0..=u16::MAX), &to(u16::MAX), true);
    let (start, end) = (5, 4);
    check(&Match::udp_ports(start..=end), &to(5), false);
}

#[test]
fn ports_are_found_behind_ipv4_options() {
    for options in [4, 40] {
        let frame = ipv4(&Datagram {
            options,
            destination_port: 7,
            ..Datagram::default()
        });
        check(&Match::udp_port(7), &frame, true);
    }
}

#[test]
fn a_fragment_matches_its_protocol_and_addresses_and_no_port() {
    let (first, later) = (0x2000, 0x0001);
    for fragment in [first, later] {
        let frame = ipv4(&Datagram {
            fragment,
            destination_port: 7,
            ..Datagram::default()
        });
        check(&Match::udp_port(7), &frame, false);
        check(&Match::protocol(17), &frame, true);
        check(&Match::source(prefix("10.1.0.0/16")), &frame, true);
    }
}

#[test]
fn do_not_fragment_is_no_fragment() {
    let frame = ipv4(&Datagram {
        fragment: 0x4000,
        destination_port: 7,
        ..Datagram::default()
    });
    check(&Match::udp_port(7), &frame, true);
}

#[test]
fn what_stands_behind_an_extension_header_is_the_kernels() {
    let frame = ipv6(&Datagram {
        extension: Some(0),
        destination_port: 7,
        ..Datagram::default()
    });
    check(&Match::udp_port(7), &frame, false);
    check(&Match::protocol(17), &frame, false);
    check(&Match::protocol(0), &frame, true);
}

#[test]
fn a_prefix_is_matched_to_the_bit() {
    let frame = ipv4(&Datagram::default()); // 10.1.2.3 to 10.1.2.4
    for (text, expected) in [
        ("10.1.2.3/32", true),
        ("10.1.2.2/31", true),
        ("10.1.2.4/31", false),
        ("0.0.0.0/0", true),
    ] {
        check(&Match::source(prefix(text)), &frame, expected);
    }
    let frame = ipv6(&Datagram::default()); // fd00::1:2:3 to fd00:0:8000::1:2:4
    for (text, expected) in [
        ("fd00:0:8000::1:2:4/128", true),
        ("fd00:0:8000::1:2:5/127", true),
        ("fd00:0:8000::1:2:6/127", false),
        ("fd00::/32", true),
        ("fd00::/33", false),
        ("fd00:0:8000::/33", true),
        ("::/0", true),
        ("0.0.0.0/0", false),
    ] {
        check(&Match::destination(prefix(text)), &frame, expected);
    }
}

#[test]
fn up_to_two_vlan_tags_are_read_through() {
    let inside = ipv4(&Datagram {
        destination_port: 7,
        ..Datagram::default()
    });
    let rule = Match::all([Match::udp_port(7), Match::vlan(5)]);
    check(&rule, &inside, false);
    let one = Tagged(0x8100, 0xe005).around(&inside);
    check(&rule, &one, true);
    check(&Match::ether_type(0x0800), &one, true);
    let two = Tagged(0x88a8, 9).around(&one);
    check(
        &Match::all([Match::udp_port(7), Match::vlan(9), Match::inner_vlan(5)]),
        &two,
        true,
    );
    let three = Tagged(0x8100, 1).around(&two);
    check(&Match::udp_port(7), &three, false);
    check(&Match::ether_type(0x8100), &three, true);
}

#[test]
fn a_datagram_that_is_shorter_than_its_header_matches_no_port() {
    let whole = ipv4(&Datagram {
        destination_port: 7,
        ..Datagram::default()
    });
    check(&Match::udp_port(7), &whole[..42], true);
    check(&Match::udp_port(7), &whole[..41], false);
    check(&Match::protocol(17), &whole[..34], true);
    check(&Match::protocol(17), &whole[..33], false);
}

#[test]
fn padding_behind_a_short_packet_is_not_taken_for_ports() {
    let lying = Datagram {
        destination_port: 7,
        length_said: Some(24),
        ..Datagram::default()
    };
    check(&Match::udp_port(7), &ipv4(&lying), false);
    let lying = Datagram {
        length_said: Some(7),
        ..lying
    };
    check(&Match::udp_port(7), &ipv6(&lying), false);
}

#[test]
fn everything_and_nothing_need_no_header() {
    let frame = [0; 14];
    check(&Match::everything(), &frame, true);
    check(&Match::all([]), &frame, true);
    check(&Match::any([]), &frame, false);
    check(
        &Match::any([Match::udp_port(1), Match::everything()]),
        &frame,
        true,
    );
}

#[test]
fn the_largest_match_is_loaded_and_a_larger_one_is_refused() {
    let of = |conditions: usize| {
        let net = |index: usize| prefix(&format!("fd00::{index:x}/128"));
        Match::any((0..conditions).map(|index| Match::source(net(index))))
    };
    check(&of(CONDITION_LIMIT), &ipv6(&Datagram::default()), false);
    let verdict = Verdict::Return(MATCHED);
    assert_eq!(
        compile(&of(CONDITION_LIMIT + 1), verdict),
        Err(MatchError::TooManyConditions)
    );
}

#[test]
fn the_deepest_match_is_loaded_and_a_deeper_one_is_refused() {
    let of = |depth: usize| {
        (0..depth).fold(Match::udp_port(7), |inner, level| {
            let parts = [inner, Match::protocol(17)];
            if level % 2 == 0 {
                Match::all(parts)
            } else {
                Match::any(parts)
            }
        })
    };
    let frame = ipv4(&Datagram {
        destination_port: 7,
        ..Datagram::default()
    });
    check(&of(DEPTH_LIMIT), &frame, true);
    assert_eq!(of(DEPTH_LIMIT + 1).check(), Err(MatchError::TooDeep));
}

#[test]
fn a_frame_whose_queue_has_no_socket_is_passed_and_counted() {
    let Ok(sockets) = SocketMap::create(4) else {
        return eprintln!("skipped: a map needs CAP_BPF");
    };
    let counters = Counters::create(COUNTERS).unwrap();
    let verdict = Verdict::Redirect {
        sockets: sockets.as_fd().as_raw_fd(),
        counters: Some(counters.as_fd().as_raw_fd()),
    };
    let instructions = compile(&Match::udp_port(7), verdict).unwrap();
    let program = Program::load("portway_model", &instructions, Frags::SeveralBuffers).unwrap();
    let frame = |destination_port| {
        ipv4(&Datagram {
            destination_port,
            ..Datagram::default()
        })
    };
    for port in [7, 7, 8] {
        assert_eq!(program.run(&frame(port)).unwrap(), PASS.cast_unsigned());
    }
    let counted = counters.read().unwrap();
    assert_eq!(
        (counted.redirected, counted.unclaimed, counted.passed),
        (0, 2, 1)
    );
}

#[test]
fn what_the_verifier_says_is_kept() {
    let mut code = crate::bpf::Assembler::new();
    // Reads a register that was never written.
    code.move_register(crate::bpf::Register::R0, crate::bpf::Register::R9);
    code.exit();
    let instructions = code.finish().unwrap();
    let error = Program::load("portway_wrong", &instructions, Frags::SingleBuffer).unwrap_err();
    if error.failure.errno() == libc::EPERM {
        return eprintln!("skipped: loading a program needs CAP_BPF and CAP_NET_ADMIN");
    }
    assert!(error.to_string().contains("R9 !read_ok"), "{error}");
}
