//! An XDP program of seven instructions: what came in on queue N goes to the socket in place N of its map.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use portway_xdp::Socket;

const BPF_MAP_CREATE: libc::c_long = 0;
const BPF_MAP_UPDATE_ELEM: libc::c_long = 2;
const BPF_PROG_LOAD: libc::c_long = 5;
const BPF_LINK_CREATE: libc::c_long = 28;
const BPF_MAP_TYPE_XSKMAP: u32 = 17;
const BPF_PROG_TYPE_XDP: u32 = 6;
const BPF_XDP: u32 = 37;
const BPF_F_XDP_HAS_FRAGS: u32 = 1 << 5;
const XDP_FLAGS_SKB_MODE: u32 = 1 << 1;
const XDP_FLAGS_DRV_MODE: u32 = 1 << 2;

/// The program, attached in generic or driver mode until this is dropped or the process ends.
pub(crate) struct Redirect {
    map: OwnedFd,
    _program: OwnedFd,
    _link: OwnedFd,
}

impl Redirect {
    /// Attaches it in generic mode, which works with any interface.
    pub(crate) fn generic(interface: &str) -> Self {
        Self::attach(interface, XDP_FLAGS_SKB_MODE)
    }

    /// Attaches it in driver mode.
    pub(crate) fn driver(interface: &str) -> Self {
        Self::attach(interface, XDP_FLAGS_DRV_MODE)
    }

    fn attach(interface: &str, mode: u32) -> Self {
        let map = bpf(BPF_MAP_CREATE, &[BPF_MAP_TYPE_XSKMAP, 4, 4, 64]).expect("a map");
        let program = load(&map).expect("a program");
        let name = CString::new(interface).expect("a name");
        // SAFETY: the name ends with a zero byte and lives through the call.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        let link = bpf(
            BPF_LINK_CREATE,
            &[program.as_raw_fd() as u32, index, BPF_XDP, mode],
        );
        Self {
            map,
            _program: program,
            _link: link.expect("a link"),
        }
    }

    /// Puts a socket into the map.
    pub(crate) fn insert(&self, socket: &Socket) {
        let (key, value) = (socket.queue(), socket.as_raw_fd() as u32);
        let (key, value) = (split(&raw const key as u64), split(&raw const value as u64));
        let words = [
            self.map.as_raw_fd() as u32,
            0,
            key[0],
            key[1],
            value[0],
            value[1],
            0,
            0,
        ];
        bpf_call(BPF_MAP_UPDATE_ELEM, &words).expect("a place in the map");
    }
}

fn load(map: &OwnedFd) -> io::Result<OwnedFd> {
    let map = map.as_raw_fd() as u64;
    let instructions: [u64; 7] = [
        0x0000_0000_0010_1261,             // r2 = context->rx_queue_index
        0x0000_0000_0000_1118 | map << 32, // r1 = map
        0,                                 //      second half
        0x0000_0002_0000_03b7,             // r3 = XDP_PASS, where the map has no socket
        0x0000_0033_0000_0085,             // r0 = bpf_redirect_map(r1, r2, r3)
        0x0000_0000_0000_0095,             // return r0
        0x0000_0000_0000_0095,
    ];
    let licence = b"Dual MIT/GPL\0";
    let (code, licence) = (
        split(instructions.as_ptr() as u64),
        split(licence.as_ptr() as u64),
    );
    let count = instructions.len() as u32 - 1;
    let mut words = [0; 12];
    words[..4].copy_from_slice(&[BPF_PROG_TYPE_XDP, count, code[0], code[1]]);
    words[4..6].copy_from_slice(&licence);
    words[11] = BPF_F_XDP_HAS_FRAGS;
    bpf(BPF_PROG_LOAD, &words)
}

fn split(address: u64) -> [u32; 2] {
    [address as u32, (address >> 32) as u32]
}

fn bpf(command: libc::c_long, words: &[u32]) -> io::Result<OwnedFd> {
    let descriptor = bpf_call(command, words)?;
    // SAFETY: these commands answer with a new descriptor.
    Ok(unsafe { File::from_raw_fd(descriptor) }.into())
}

fn bpf_call(command: libc::c_long, words: &[u32]) -> io::Result<i32> {
    let mut attribute = [0_u32; 32];
    attribute[..words.len()].copy_from_slice(words);
    // SAFETY: the attribute is larger than the command's structure, and what it points to lives through the call.
    let answer = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut attribute, 128) };
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(answer as i32)
    }
}
