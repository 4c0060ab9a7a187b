//! bpf(2) by hand: the few programs that this benchmark needs, attached by links.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
};

use crate::system::checked;

const MAP_CREATE: i32 = 0;
const MAP_UPDATE: i32 = 2;
const PROGRAM_LOAD: i32 = 5;
const PROGRAM_TEST_RUN: i32 = 10;
const LINK_CREATE: i32 = 28;

const KIND_XDP: u32 = 6;
const KIND_SOCKET_MAP: u32 = 17;
const ATTACH_XDP: u32 = 37;
const DRIVER_MODE: u32 = 1 << 2;
const LIVE_FRAMES: u32 = 1 << 1;

const HELPER_REDIRECT: i32 = 23;
const HELPER_REDIRECT_MAP: i32 = 51;

/// What a program that looks at nothing does with every frame.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub enum Action {
    /// `XDP_DROP`
    Drop = 1,
    /// `XDP_PASS`
    Pass = 2,
    /// `XDP_TX`
    SendBack = 3,
}

/// A loaded XDP program.
#[derive(Debug)]
pub struct Program(OwnedFd);

/// A program on an interface, as long as this lives.
#[derive(Debug)]
pub struct Attached(#[expect(dead_code, reason = "held open")] OwnedFd);

/// A map of AF_XDP sockets by queue.
#[derive(Debug)]
pub struct SocketMap(OwnedFd);

impl Program {
    /// Does the same with every frame.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn always(action: Action) -> io::Result<Self> {
        Self::load(&[move_number(0, action as i32), EXIT])
    }

    /// Sends every frame out of an interface.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn redirecting_to(interface: u32) -> io::Result<Self> {
        let code = [
            move_number(1, interface.cast_signed()),
            move_number(2, 0),
            call(HELPER_REDIRECT),
            EXIT,
        ];
        Self::load(&code)
    }

    /// Gives every frame to the socket of its queue, and to the kernel where there is none.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn to_sockets(map: &SocketMap) -> io::Result<Self> {
        let [load, rest] = load_map(1, map.0.as_raw_fd());
        let code = [
            // The queue stands at 16 in the context, which is in register 1.
            instruction(0x61, 2, 1, 16, 0),
            load,
            rest,
            move_number(3, Action::Pass as i32),
            call(HELPER_REDIRECT_MAP),
            EXIT,
        ];
        Self::load(&code)
    }

    fn load(code: &[u64]) -> io::Result<Self> {
        #[repr(C)]
        struct Load {
            kind: u32,
            count: u32,
            code: u64,
            license: u64,
            log: [u64; 2],
            version: u32,
            flags: u32,
        }
        let mut request = Load {
            kind: KIND_XDP,
            count: code.len() as u32,
            code: code.as_ptr() as u64,
            license: c"Dual MIT/GPL".as_ptr() as u64,
            log: [0; 2],
            version: 0,
            flags: 0,
        };
        descriptor(PROGRAM_LOAD, &mut request).map(Self)
    }

    /// Puts it on an interface, in the driver.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn attach(&self, interface: u32) -> io::Result<Attached> {
        let mut request = [
            self.0.as_raw_fd().cast_unsigned(),
            interface,
            ATTACH_XDP,
            DRIVER_MODE,
        ];
        descriptor(LINK_CREATE, &mut request).map(Attached)
    }

    /// Runs it over so many copies of a frame, and lets happen what it says (live frames).
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn run(&self, frame: &[u8], count: u32) -> io::Result<()> {
        #[repr(C)]
        #[derive(Default)]
        struct TestRun {
            program: u32,
            answer: u32,
            length: u32,
            room: u32,
            data: u64,
            written: u64,
            repeat: u32,
            duration: u32,
            context_sizes: [u32; 2],
            contexts: [u64; 2],
            flags: u32,
            processor: u32,
            batch: u32,
            reserved: u32,
        }
        let mut request = TestRun {
            program: self.0.as_raw_fd().cast_unsigned(),
            length: frame.len() as u32,
            data: frame.as_ptr() as u64,
            repeat: count,
            flags: LIVE_FRAMES,
            batch: 64,
            ..TestRun::default()
        };
        bpf(PROGRAM_TEST_RUN, &mut request).map(drop)
    }
}

impl SocketMap {
    /// Makes a map for one queue.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn new() -> io::Result<Self> {
        descriptor(MAP_CREATE, &mut [KIND_SOCKET_MAP, 4, 4, 1, 0]).map(Self)
    }

    /// Gives the first queue's frames to a socket.
    ///
    /// # Errors
    ///
    /// The system's reason.
    pub fn insert(&self, socket: RawFd) -> io::Result<()> {
        let (queue, socket) = (0_u32, socket);
        let mut request = [
            self.0.as_raw_fd() as u64,
            &raw const queue as u64,
            &raw const socket as u64,
            0,
        ];
        bpf(MAP_UPDATE, &mut request).map(drop)
    }
}

/// The bytes of `request` are what the command takes.
fn bpf<Request>(command: i32, request: &mut Request) -> io::Result<i32> {
    // SAFETY: the kernel reads and writes the request within its size; the addresses in it are of memory that lives through
    // the call, which the kernel only reads.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            command,
            std::ptr::from_mut(request),
            size_of::<Request>(),
        )
    };
    checked(answer).map(|answer| answer as i32)
}

fn descriptor<Request>(command: i32, request: &mut Request) -> io::Result<OwnedFd> {
    let descriptor = bpf(command, request)?;
    // SAFETY: the kernel has just made it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

const EXIT: u64 = 0x95;

fn instruction(operation: u8, target: u8, source: u8, offset: i16, number: i32) -> u64 {
    u64::from(operation)
        | u64::from(target) << 8
        | u64::from(source) << 12
        | u64::from(offset.cast_unsigned()) << 16
        | u64::from(number.cast_unsigned()) << 32
}

fn move_number(target: u8, number: i32) -> u64 {
    instruction(0xb7, target, 0, 0, number)
}

fn call(helper: i32) -> u64 {
    instruction(0x85, 0, 0, 0, helper)
}

fn load_map(target: u8, map: RawFd) -> [u64; 2] {
    [instruction(0x18, target, 1, 0, map), 0]
}
