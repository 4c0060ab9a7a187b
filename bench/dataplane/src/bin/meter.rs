//! Sends frames to a device under measurement, and tells what came of it and what it cost.
//!
//! A flood is made by the kernel itself: live frames of `BPF_PROG_TEST_RUN`, which nothing in user space could match.
//! A paced stream is sent by an AF_PACKET socket, ten frames at a time. What the device sends back goes to a hardware
//! address that nobody has, so that the kernel drops it as soon as it has counted it.

use std::{
    fs, io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bench_dataplane::{
    bpf::{Action, Attached, Program},
    counters::Counters,
    device::index,
    frame,
    processor::{self, Thread},
};
use clap::Parser;

/// How many frames the kernel is asked for at once: more than anybody waits for, because each call begins and ends with a
/// pause of some 20 ms.
const FLOOD: u32 = 1 << 31;
/// Frames that a paced sender sends together.
const PACED: u32 = 10;
const START_LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, Parser)]
struct Arguments {
    /// The sender's interface
    interface: String,
    /// The namespace of the device under measurement
    device_namespace: String,
    /// Its interface
    device_interface: String,
    /// Its process
    device_process: u32,
    /// Where the sender runs
    #[arg(long)]
    processor: usize,
    /// How long to measure
    #[arg(long)]
    seconds: f64,
    /// Frames a second; without it as many as can be
    #[arg(long)]
    rate: Option<u32>,
    /// Take what comes back by an XDP program: what the kernel itself sends back comes no other way
    #[arg(long)]
    sink: bool,
    /// Which counter of the device's interface tells that it took a frame; without it what comes back is counted
    #[arg(long)]
    taken: Option<String>,
}

/// What was counted when.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    arrived: u64,
    handled: u64,
    sender: Duration,
    device: Duration,
}

struct Meter {
    arguments: Arguments,
    returned: PathBuf,
    there: Counters,
    frame: [u8; frame::LENGTH],
    flood: Program,
    socket: OwnedFd,
    _sink: Option<Attached>,
}

fn main() {
    let code = match measure() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("meter: {error:#}");
            1
        }
    };
    // The sender goes with the process: it never returns.
    std::process::exit(code)
}

fn measure() -> anyhow::Result<()> {
    let meter = Arc::new(Meter::new(Arguments::parse())?);
    meter.await_device()?;
    let limit = Duration::from_secs_f64(meter.arguments.seconds);
    let (told, heard) = mpsc::channel();
    let sending = meter.clone();
    thread::spawn(move || sending.send_for_ever(&told));
    let sender = heard.recv().context("the sender's first word")??;
    // What settles at first (a processor's clock, the size of a pool) is not measured.
    thread::sleep(limit / 5);
    let before = meter.read(&sender)?;
    thread::sleep(limit);
    let after = meter.read(&sender)?;
    println!("{}", report(&before, &after));
    Ok(())
}

impl Meter {
    fn new(arguments: Arguments) -> anyhow::Result<Self> {
        let number = index(&arguments.interface)?;
        let sink = arguments
            .sink
            .then(|| Program::always(Action::Drop)?.attach(number));
        let there =
            Counters::of_namespace(&arguments.device_namespace, &arguments.device_interface)?;
        Ok(Self {
            returned: Path::new("/sys/class/net")
                .join(&arguments.interface)
                .join("statistics/rx_packets"),
            there,
            frame: frame::request(),
            flood: Program::redirecting_to(number)?,
            socket: packet_socket(number)?,
            arguments,
            _sink: sink.transpose()?,
        })
    }

    /// Sends a little until the device does something with all of it: a single frame may be anybody's, as when a device that
    /// is still starting has the kernel send something.
    fn await_device(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let before = self.handled()?;
            self.send_together().context("sending the first frames")?;
            thread::sleep(Duration::from_millis(5));
            if self.handled()? - before >= u64::from(PACED) {
                return Ok(());
            }
            ensure!(
                started.elapsed() < START_LIMIT,
                "the device does nothing with what it is sent"
            );
        }
    }

    /// Tells the number of this thread, or what went wrong, and sends until the process ends.
    fn send_for_ever(&self, told: &mpsc::Sender<io::Result<Thread>>) {
        let ready = processor::pin(self.arguments.processor).and_then(|()| Thread::this());
        let is_ready = ready.is_ok();
        // Nobody listens any more only when the process ends.
        let _ = told.send(ready);
        if is_ready && let Err(error) = self.send() {
            eprintln!("meter: sending: {error}");
            std::process::exit(1);
        }
    }

    fn send(&self) -> io::Result<()> {
        match self.arguments.rate {
            Some(rate) => self.pace(Duration::from_secs(1) * PACED / rate),
            None => loop {
                self.flood.run(&self.frame, FLOOD)?;
            },
        }
    }

    fn pace(&self, gap: Duration) -> io::Result<()> {
        let mut next = Instant::now();
        loop {
            thread::sleep(next.saturating_duration_since(Instant::now()));
            self.send_together()?;
            next += gap;
        }
    }

    fn send_together(&self) -> io::Result<()> {
        let mut part = libc::iovec {
            iov_base: self.frame.as_ptr().cast_mut().cast(),
            iov_len: self.frame.len(),
        };
        // SAFETY: a header of zeros is a valid one without anything.
        let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
        header.msg_hdr.msg_iov = &raw mut part;
        header.msg_hdr.msg_iovlen = 1;
        let mut headers = [header; PACED as usize];
        // SAFETY: as many headers as are named; all name the same frame, which the kernel only reads.
        let sent =
            unsafe { libc::sendmmsg(self.socket.as_raw_fd(), headers.as_mut_ptr(), PACED, 0) };
        match sent {
            ..0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    fn handled(&self) -> io::Result<u64> {
        match &self.arguments.taken {
            Some(counter) => self.there.read(counter),
            None => fs::read_to_string(&self.returned)?
                .trim()
                .parse()
                .map_err(io::Error::other),
        }
    }

    fn read(&self, sender: &Thread) -> anyhow::Result<Reading> {
        Ok(Reading {
            at: Instant::now(),
            arrived: self.there.read("xdp_packets")?,
            handled: self.handled()?,
            sender: sender.on_processor()?,
            device: processor::of_process(self.arguments.device_process)?,
        })
    }
}

fn report(before: &Reading, after: &Reading) -> serde_json::Value {
    let handled = (after.handled - before.handled).max(1) as f64;
    let seconds = (after.at - before.at).as_secs_f64();
    let sender = (after.sender - before.sender).as_nanos() as f64;
    let device = (after.device - before.device).as_nanos() as f64;
    serde_json::json!({
        "arrived_per_second": (after.arrived - before.arrived) as f64 / seconds,
        "handled_per_second": handled / seconds,
        "sender_nanoseconds": sender / handled,
        "device_nanoseconds": device / handled,
    })
}

fn packet_socket(interface: u32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers only; protocol 0 receives nothing.
    let socket = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW, 0) };
    if socket < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: 0,
        sll_ifindex: interface.cast_signed(),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    // SAFETY: the kernel reads as many bytes as the address has.
    let bound = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of_val(&address) as u32,
        )
    };
    if bound < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(socket)
}
