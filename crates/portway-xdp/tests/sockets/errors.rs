//! What goes wrong with sockets, as an operator sees it: each error by its kind and by the remedy that it names.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, in_network, ip, load, open, redirect, region};
use portway_xdp::program::AttachPolicy;
use portway_xdp::{Burst, BusyPoll, Copying, FramePool, Region, Socket, SocketError};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// Held by who lowers the process's limit of locked memory, and by who is bound by that limit.
static MEMORY_LIMIT: Mutex<()> = Mutex::new(());

/// Asserts the kind of an error and a word of its remedy.
macro_rules! assert_refused {
    ($result:expr, $kind:pat, $remedy:literal) => {
        let error = $result.map(drop).unwrap_err();
        assert!(matches!(error, $kind), "{error:?}");
        assert!(error.to_string().contains($remedy), "{error}");
    };
}

#[test]
fn an_interface_that_does_not_exist_is_named() {
    in_network(1, || {
        let result = Socket::builder("middle", 0).open(&region(2048));
        assert_refused!(
            result,
            SocketError::NoSuchInterface { .. },
            "no interface middle"
        );
    });
}

#[test]
fn a_queue_that_does_not_exist_is_named() {
    in_network(1, || {
        let result = Socket::builder("left", 7).open(&region(2048));
        assert_refused!(
            result,
            SocketError::NoSuchQueue { queue: 7, .. },
            "ethtool -l left"
        );
    });
}

#[test]
fn a_taken_queue_is_waited_for_and_then_named() {
    in_network(1, || {
        let holder = open("left", 0, &region(2048));
        let again = Socket::builder("left", 0).patience(Duration::from_millis(60));
        let started = Instant::now();
        assert_refused!(
            again.open(&region(2048)),
            SocketError::QueueBusy { .. },
            "queue 0 of left"
        );
        assert!(started.elapsed() >= Duration::from_millis(60));
        drop(holder);
    });
}

#[test]
fn a_queue_opens_again_right_after_it_was_closed() {
    in_network(1, || {
        let region = region(2048);
        for _ in 0..20 {
            drop(open("left", 0, &region));
            assert_eq!(region.free_frames(), 2048);
        }
    });
}

#[test]
fn a_region_too_small_says_how_many_frames_are_needed_and_loses_none() {
    in_network(1, || {
        let region = region(1000);
        let result = Socket::builder("left", 0).open(&region);
        assert_refused!(
            result,
            SocketError::TooFewFrames {
                free: 1000,
                needed: 1024
            },
            "make the region larger"
        );
        assert_eq!(region.free_frames(), 1000);
    });
}

#[test]
fn measures_that_the_kernel_cannot_have_are_refused_with_the_range() {
    in_network(1, || {
        let tiny = Region::builder().chunk_size(1024).build().unwrap();
        let result = Socket::builder("left", 0).open(&tiny);
        assert_refused!(
            result,
            SocketError::ChunkSize { size: 1024 },
            "2048 or 4096"
        );
        let result = Socket::builder("left", 0)
            .send_ring(100)
            .open(&region(2048));
        assert_refused!(
            result,
            SocketError::RingSize { ring: "send", .. },
            "power of two"
        );
    });
}

#[test]
fn memory_beyond_the_limit_names_the_limit() {
    in_network(1, || {
        let _alone = MEMORY_LIMIT.lock();
        let limit = getrlimit(Resource::Memlock);
        let low = Rlimit {
            current: Some(1 << 20),
            ..limit
        };
        setrlimit(Resource::Memlock, low).unwrap();
        without(CapabilitySet::IPC_LOCK);
        let result = Socket::builder("left", 0).open(&region(2048));
        assert_refused!(
            result,
            SocketError::MemoryLock {
                bytes: 4_194_304,
                ..
            },
            "ulimit -l"
        );
        setrlimit(Resource::Memlock, limit).unwrap();
    });
}

#[test]
fn without_the_privilege_its_name_is_said() {
    in_network(1, || {
        without(CapabilitySet::NET_RAW);
        let result = Socket::builder("left", 0).open(&region(2048));
        assert_refused!(result, SocketError::NoPrivilege { .. }, "CAP_NET_RAW");
    });
}

#[test]
fn cap_net_raw_alone_opens_a_socket_but_sets_no_busy_poll() {
    in_network(1, || {
        let _alone = MEMORY_LIMIT.lock();
        keep_only(CapabilitySet::NET_RAW);
        let region = Region::builder().chunks(1024).build().unwrap();
        let small = || {
            let patience = Duration::from_secs(10);
            let socket = Socket::builder("left", 0).patience(patience);
            socket.receive_ring(64).send_ring(64)
        };
        // Each takes a fourth of the memory that may be locked, and the kernel gives it back later.
        for _ in 0..16 {
            drop(small().open(&region).unwrap());
        }
        let result = small().busy_poll(BusyPoll::default()).open(&region);
        assert_refused!(
            result,
            SocketError::BusyPollPrivilege { .. },
            "CAP_NET_ADMIN"
        );
        assert_eq!(region.free_frames(), 1024);
    });
}

#[test]
fn zero_copy_is_fallen_back_from_or_refused_as_asked() {
    in_network(1, || {
        let demanded = Socket::builder("left", 0).copying(Copying::ZeroCopy);
        let result = demanded.open(&region(2048));
        assert_refused!(result, SocketError::NotByDriver { .. }, "without zero copy");
        let region = region(4096);
        let preferred = Socket::builder("left", 0).open(&region).unwrap();
        assert_eq!(preferred.copying(), Copying::Copy);
        let conflicting = Socket::builder("right", 0).copying(Copying::ZeroCopy);
        assert_refused!(
            conflicting.open(&region),
            SocketError::Shared { .. },
            "in copy mode"
        );
    });
}

#[test]
fn busy_polling_calls_the_kernel_for_every_burst() {
    in_network(1, || {
        let builder = Socket::builder("left", 0).busy_poll(BusyPoll::default());
        let mut socket = builder.open(&region(2048)).unwrap();
        let mut burst = Burst::new();
        for _ in 0..10 {
            socket.receive(&mut burst).unwrap();
        }
        assert_eq!(socket.receiver().statistics().wakeups, 10);
    });
}

#[test]
fn an_interface_that_goes_down_is_said_and_goes_on_when_up_again() {
    in_network(1, || {
        let (left, right) = (region(2048), region(2048));
        let program = redirect("left", AttachPolicy::Generic);
        let mut receiver = open("left", 0, &left);
        program.insert(0, &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        ip(&["link", "set", "left", "down"]);
        let error = error_of(|burst| receiver.receive(burst));
        assert!(
            matches!(error, SocketError::InterfaceDown { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("ip link set left up") && !error.is_final());
        ip(&["link", "set", "left", "up"]);
        let mut burst = Burst::new();
        load(&mut burst, &mut FramePool::new(&right), 0, 1);
        sender.send(&mut burst).unwrap();
        assert!(receiver.receiver().wait(PATIENCE).unwrap());
    });
}

#[test]
fn sending_on_an_interface_that_is_down_is_an_error_and_keeps_the_rest() {
    in_network(1, || {
        let region = region(2048);
        let mut sender = open("right", 0, &region);
        ip(&["link", "set", "right", "down"]);
        let mut pool = FramePool::new(&region);
        let error = error_of(|burst| {
            load(burst, &mut pool, 0, 1);
            sender.send(burst)
        });
        assert!(
            matches!(error, SocketError::InterfaceDown { .. }),
            "{error:?}"
        );
        drop((sender, pool));
        assert_eq!(region.free_frames(), 2048);
    });
}

#[test]
fn an_interface_that_is_removed_ends_both_halves() {
    in_network(1, || {
        let region = region(4096);
        let (mut receiver, mut sender) = open("left", 0, &region).split();
        ip(&["link", "delete", "left"]);
        let mut pool = FramePool::new(&region);
        let errors = [
            error_of(|burst| receiver.receive(burst)),
            receiver.wait(Duration::from_millis(1)).unwrap_err(),
            error_of(|burst| {
                load(burst, &mut pool, 0, 1);
                sender.send(burst)
            }),
        ];
        for error in errors {
            assert!(
                matches!(error, SocketError::InterfaceGone { .. }),
                "{error:?}"
            );
            assert!(error.is_final());
        }
        drop((receiver, sender, pool));
        assert_eq!(region.free_frames(), 4096);
    });
}

/// Repeats what has worked until it fails.
fn error_of(mut step: impl FnMut(&mut Burst) -> Result<usize, SocketError>) -> SocketError {
    let started = Instant::now();
    let mut burst = Burst::new();
    loop {
        if let Err(error) = step(&mut burst) {
            return error;
        }
        assert!(started.elapsed() < PATIENCE, "no error in {PATIENCE:?}");
    }
}

/// Takes a capability from this thread.
fn without(capability: CapabilitySet) {
    keep_only(CapabilitySet::all() - capability);
}

/// Takes all but these capabilities from this thread.
fn keep_only(kept: CapabilitySet) {
    let mut sets = capabilities(None).expect("the capabilities");
    sets.effective &= kept;
    set_capabilities(None, sets).expect("fewer capabilities");
}
