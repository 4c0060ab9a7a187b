//! Ports for brokers, which the tests of other programs do not take meanwhile.

use std::{
    net::TcpListener,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

/// A port of loopback that nobody uses now, nor will while this program runs: others that test beside
/// it may have looked at the same moment, and a test of theirs would talk to our broker. It is below
/// those that the system gives to outgoing connections: whoever asks such a one again and again whether
/// somebody listens may connect to itself.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id() % 500 * 20;
    loop {
        let number = (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let port = 20_000 + u16::try_from(number).unwrap();
        if claim(port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Takes a port for this program until it ends; false where another one has it. The claim is a name
/// that the kernel gives away once in a network namespace, as it does ports.
fn claim(port: u16) -> bool {
    static CLAIMS: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());
    let name = format!("portway-tests-port-{port}");
    let address = SocketAddr::from_abstract_name(name).unwrap();
    let claim = UnixListener::bind_addr(&address);
    let claimed = claim.is_ok();
    CLAIMS.lock().unwrap().extend(claim);
    claimed
}
