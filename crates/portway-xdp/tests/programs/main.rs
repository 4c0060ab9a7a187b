//! Match programs on a veth pair, in network namespaces of the tests' own.
#![cfg(all(target_os = "linux", not(miri)))]

mod attaching;
mod child;
#[cfg(feature = "aya")]
mod compiled;
#[path = "../network/mod.rs"]
mod network;
mod pins;
mod sharing;
mod support;
mod traffic;

use std::thread;

use portway_xdp::program::{AttachPolicy, SocketMap};

use self::child::Role;
use self::support::{PATIENCE, attach, open, payloads};

/// Not a test but what [`child::Child`] runs; does nothing otherwise.
#[test]
fn child_process() {
    match Role::of_this_process() {
        None => {}
        Some((Role::HoldProgram, _)) => {
            let _attached = attach(AttachPolicy::Driver).unwrap();
            child::say("attached");
            thread::sleep(PATIENCE * 6);
        }
        Some((Role::TryAttach, _)) => {
            child::say(&attach(AttachPolicy::Driver).unwrap_err().to_string());
        }
        Some((Role::ReceiveByPin, arguments)) => {
            let map = SocketMap::from_pin(&arguments[0]).unwrap();
            let mut socket = open();
            map.insert(socket.queue(), &socket).unwrap();
            child::say("ready");
            child::say(&format!("received {}", payloads(&mut socket, 5).len()));
        }
    }
}
