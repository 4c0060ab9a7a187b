//! The echo server of CNDP's article over libpnet, to be held against `echo_server`: the same packets, a system call for each.
//!
//! `cargo run --release --example echo_server_libpnet -- INTERFACE` as root. As over AF_PACKET, the kernel sees the datagrams
//! too and says "port unreachable" unless something listens there.

use std::{env, error::Error};

use pnet_datalink::{Channel, Config, channel, interfaces};
use portway_dataplane::Packet;

const ECHO: u16 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let name = env::args().nth(1);
    let name = name.ok_or("usage: echo_server_libpnet INTERFACE")?;
    let found = interfaces().into_iter().find(|other| other.name == name);
    let interface = found.ok_or_else(|| format!("there is no interface {name}"))?;
    let channel = channel(&interface, Config::default())?;
    let Channel::Ethernet(mut sender, mut receiver) = channel else {
        return Err("it is no channel of Ethernet frames".into());
    };
    loop {
        let mut frame = receiver.next()?.to_vec();
        // What the interface sends is heard here, too: answers come from the port and are no requests.
        if turn_round(&mut frame) {
            sender.send_to(&frame, None).ok_or("no room")??;
        }
    }
}

/// Swaps both ends of a datagram to the echo port; tells whether it is one.
fn turn_round(frame: &mut [u8]) -> bool {
    let Ok(mut packet) = Packet::ethernet(frame) else {
        return false;
    };
    let is_request = packet.udp().is_some_and(|datagram| {
        // Two echo servers would talk for ever.
        datagram.dst_port() == ECHO && datagram.src_port() != ECHO
    });
    if is_request {
        packet.swap_macs();
        packet.swap_ends();
    }
    is_request
}
