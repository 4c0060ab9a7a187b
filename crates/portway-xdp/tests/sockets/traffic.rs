//! Packets through sockets: their order, their number, their frames.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{PATIENCE, in_network, ip, load, number, open, redirect, region};
use portway_xdp::program::AttachPolicy;
use portway_xdp::{Burst, BusyPoll, Copying, FramePool, Region, Socket};

#[test]
fn a_million_paced_packets_arrive_in_order_and_none_is_lost() {
    in_network(1, || {
        let (left, right) = (region(4096), region(4096));
        let program = redirect("left", AttachPolicy::Generic);
        let mut receiver = open("left", 0, &left);
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        let mut pool = FramePool::new(&right);
        let (mut out, mut back) = (Burst::with_limit(64), Burst::new());
        let (mut sent, mut arrived) = (0, 0);
        while arrived < 1_000_000 {
            // The pace: never more than 512 packets under way.
            if sent - arrived <= 448 {
                load(&mut out, &mut pool, sent, 64);
            }
            sent += sender.send(&mut out).expect("sent") as u64;
            pool.give_all(&mut out);
            receiver.receive(&mut back).expect("received");
            for frame in back.iter() {
                assert_eq!(number(frame), arrived);
                arrived += 1;
            }
            back.clear();
        }
        let kernel = receiver.receiver().kernel_statistics().expect("statistics");
        assert_eq!((kernel.receive_ring_full, kernel.receive_dropped), (0, 0));
        assert_eq!(sender.sender().flush().expect("flushed"), 0);
        assert_eq!(sender.sender().statistics().completed, sent);
    });
}

#[test]
fn what_a_flood_loses_is_counted() {
    in_network(1, || {
        let (left, right) = (region(4096), region(4096));
        let program = redirect("left", AttachPolicy::Generic);
        let mut receiver = Socket::builder("left", 0)
            .receive_ring(64)
            .copying(Copying::Copy)
            .open(&left)
            .unwrap();
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        let mut pool = FramePool::new(&right);
        let sent = send_all(&mut sender, &mut pool, 1000);
        let mut burst = Burst::new();
        let arrived = receiver.receive(&mut burst).unwrap() as u64;
        let kernel = receiver.receiver().kernel_statistics().unwrap();
        let lost = kernel.receive_ring_full + kernel.receive_dropped;
        assert_eq!(arrived, 64, "as many as the ring holds: {kernel:?}");
        // The system's own packets (neighbour discovery) are counted with them.
        assert!(
            (sent - arrived..sent - arrived + 50).contains(&lost),
            "{kernel:?}"
        );
    });
}

/// With interrupts deferred, nothing but the receiver's calls moves packets: if they ceased while packets are there, so would
/// the packets.
#[test]
fn busy_polling_goes_on_when_packets_never_cease() {
    in_network(1, || {
        defer_interrupts("left");
        let (left, right) = (region(4096), region(4096));
        let program = redirect("left", AttachPolicy::Driver);
        let builder = Socket::builder("left", 0).busy_poll(BusyPoll::default());
        let mut receiver = builder.open(&left).unwrap();
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        let mut pool = FramePool::new(&right);
        let (mut burst, mut arrived) = (Burst::new(), 0);
        let mut rounds = 0;
        let deadline = Instant::now() + PATIENCE;
        while arrived < 20_000 && Instant::now() < deadline {
            send_all(&mut sender, &mut pool, 64);
            arrived += receiver.receive(&mut burst).unwrap();
            rounds += 1;
            burst.clear();
        }
        assert!(arrived >= 20_000, "{arrived} after {rounds} rounds");
        assert_eq!(receiver.receiver().statistics().wakeups, rounds);
    });
}

/// As who polls busily sets up an interface. The files of this namespace's interfaces show in a mount of its own.
fn defer_interrupts(interface: &str) {
    let script = format!(
        "mount -t sysfs sysfs /sys && cd /sys/class/net/{interface} \
         && echo 2 >napi_defer_hard_irqs && echo 2000000 >gro_flush_timeout"
    );
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script])
        .status();
    assert!(status.expect("unshare runs").success(), "{script}");
}

#[test]
fn two_queues_share_a_region_and_echo_without_a_copy() {
    in_network(2, || {
        let (left, right) = (region(4096), region(4096));
        let programs = [
            redirect("left", AttachPolicy::Driver),
            redirect("right", AttachPolicy::Driver),
        ];
        let finished = AtomicBool::new(false);
        thread::scope(|scope| {
            let mut clients = Vec::new();
            for queue in [0, 1] {
                let echo = open("left", queue, &left);
                let client = open("right", queue, &right);
                programs[0].insert(echo.queue(), &echo).unwrap();
                programs[1].insert(client.queue(), &client).unwrap();
                scope.spawn(|| echo_until(&finished, echo));
                clients.push(scope.spawn(move || converse(client, 20_000)));
            }
            let all_well = clients.into_iter().all(|client| client.join().is_ok());
            finished.store(true, Ordering::Relaxed);
            assert!(all_well);
        });
        assert_eq!((left.free_frames(), right.free_frames()), (4096, 4096));
    });
}

#[test]
fn frames_of_another_region_are_copied_and_what_cannot_be_sent_goes_home() {
    in_network(1, || {
        let (left, right, foreign) = (region(2048), region(2048), region(8));
        let program = redirect("left", AttachPolicy::Generic);
        let mut receiver = open("left", 0, &left);
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        let mut pool = FramePool::new(&foreign);
        let mut burst = Burst::new();
        load(&mut burst, &mut pool, 0, 3);
        burst.push(right.frame().unwrap()).unwrap();
        burst[1].set_continues(true);
        assert_eq!(sender.send(&mut burst).unwrap(), 2);
        drop(pool);
        assert_eq!(foreign.free_frames(), 8);
        let counted = sender.sender().statistics();
        assert_eq!((counted.copied, counted.unsendable), (2, 2));
        assert_eq!(receive_numbers(&mut receiver, 2), [0, 2]);
    });
}

#[test]
fn halves_work_on_two_threads_and_the_socket_closes_with_the_second() {
    in_network(1, || {
        let region = region(2048);
        let (mut receiver, sender) = open("left", 0, &region).split();
        drop(sender);
        assert!(region.free_frames() < 2048 - 1024 + 1);
        let mut burst = Burst::new();
        receiver.receive(&mut burst).unwrap();
        assert!(!receiver.wait(Duration::from_millis(1)).unwrap());
        drop(burst);
        thread::spawn(move || drop(receiver)).join().unwrap();
        assert_eq!(region.free_frames(), 2048);
    });
}

#[test]
fn a_region_serves_on_when_the_socket_that_registered_it_is_closed() {
    in_network(2, || {
        let region = region(8192);
        let first = open("left", 0, &region);
        let second = open("left", 1, &region);
        drop(first);
        let program = redirect("left", AttachPolicy::Driver);
        let mut third = open("left", 0, &region);
        program.insert(0, &third).unwrap();
        let mut sender = open("right", 0, &region);
        let mut pool = FramePool::new(&region);
        send_all(&mut sender, &mut pool, 100);
        assert_eq!(receive_numbers(&mut third, 100).len(), 100);
        drop((second, third, sender, pool));
        assert_eq!(region.free_frames(), 8192);
    });
}

#[test]
fn unaligned_chunks_receive_and_send() {
    in_network(1, || {
        let odd = |chunks| {
            Region::builder()
                .chunk_size(3000)
                .chunks(chunks)
                .build()
                .unwrap()
        };
        let (left, right) = (odd(2048), odd(2048));
        let program = redirect("left", AttachPolicy::Generic);
        let mut receiver = open("left", 0, &left);
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = open("right", 0, &right);
        let mut pool = FramePool::new(&right);
        assert_eq!(send_all(&mut sender, &mut pool, 500), 500);
        assert_eq!(
            receive_numbers(&mut receiver, 500),
            (0..500).collect::<Vec<u64>>()
        );
    });
}

#[test]
fn a_packet_of_several_frames_comes_whole() {
    in_network(1, || {
        ip(&["link", "set", "left", "mtu", "9000"]);
        ip(&["link", "set", "right", "mtu", "9000"]);
        let (left, right) = (region(2048), region(2048));
        let jumbo = |interface, region: &Region| {
            let builder = Socket::builder(interface, 0)
                .copying(Copying::Copy)
                .multi_buffer();
            builder.open(region).unwrap()
        };
        let program = redirect("left", AttachPolicy::Driver);
        let mut receiver = jumbo("left", &left);
        program.insert(receiver.queue(), &receiver).unwrap();
        let mut sender = jumbo("right", &right);
        let mut burst = Burst::new();
        load(&mut burst, &mut FramePool::new(&right), 7, 3);
        for (frame, continues) in burst.iter_mut().zip([true, true, false]) {
            frame.set_len(1500).unwrap();
            frame.set_continues(continues);
        }
        assert_eq!(sender.send(&mut burst).unwrap(), 3);
        let mut whole = Burst::new();
        wait_for(|| receiver.receive(&mut whole).unwrap() > 0);
        let last = whole
            .iter()
            .map(|frame| frame.continues())
            .collect::<Vec<_>>();
        assert_eq!(whole.iter().map(|frame| frame.len()).sum::<usize>(), 4500);
        assert!(last.len() > 1 && last.iter().rposition(|more| *more) == Some(last.len() - 2));
    });
}

/// Sends back what comes, in the frames it came in.
fn echo_until(finished: &AtomicBool, mut socket: Socket) {
    let (mut burst, mut rest) = (Burst::with_limit(64), Burst::new());
    while !finished.load(Ordering::Relaxed) {
        socket.receive(&mut burst).expect("received");
        rest.append(&mut burst);
        socket.send(&mut rest).expect("sent");
    }
    assert_eq!(socket.sender().statistics().copied, 0);
    wait_for(|| socket.sender().flush().expect("flushed") == 0);
}

/// Sends numbered packets and expects each back in order.
fn converse(mut socket: Socket, total: u64) {
    let mut burst = Burst::with_limit(64);
    let mut back = Burst::new();
    let (mut sent, mut answered) = (0, 0);
    let started = Instant::now();
    while answered < total {
        assert!(
            started.elapsed() < PATIENCE,
            "{answered} of {sent} came back"
        );
        if sent - answered <= 128 {
            load(&mut burst, socket.sender().pool(), sent, 64);
        }
        sent += socket.send(&mut burst).expect("sent") as u64;
        burst.clear();
        socket.receive(&mut back).expect("received");
        for number in back.iter().map(|frame| number(frame)) {
            assert_eq!(number, answered);
            answered += 1;
        }
        back.clear();
    }
    wait_for(|| socket.sender().flush().expect("flushed") == 0);
}

/// Sends packets with numbers from 0 on and returns how many went out.
fn send_all(sender: &mut Socket, pool: &mut FramePool, count: u64) -> u64 {
    let mut burst = Burst::with_limit(64);
    let mut sent = 0;
    while sent < count {
        load(&mut burst, pool, sent, (count - sent).min(64));
        sent += sender.send(&mut burst).expect("sent") as u64;
        pool.give_all(&mut burst);
    }
    wait_for(|| sender.sender().flush().expect("flushed") == 0);
    sent
}

/// Receives until so many numbered packets have come, and returns their numbers.
fn receive_numbers(receiver: &mut Socket, count: usize) -> Vec<u64> {
    let mut burst = Burst::new();
    let mut numbers = Vec::new();
    wait_for(|| {
        receiver.receive(&mut burst).expect("received");
        numbers.extend(burst.iter().map(|frame| number(frame)));
        burst.clear();
        numbers.len() >= count
    });
    numbers
}

fn wait_for(mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < PATIENCE,
            "it did not happen in {PATIENCE:?}"
        );
        thread::yield_now();
    }
}
