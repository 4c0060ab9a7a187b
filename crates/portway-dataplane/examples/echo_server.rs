//! The echo server of CNDP's article: UDP datagrams to port 7 come back to where they came from.
//!
//! ```sh
//! cargo run --release --example echo_server -- INTERFACE             # over AF_XDP: queue 0, past the kernel
//! cargo run --release --example echo_server -- INTERFACE --packet    # the same over AF_PACKET, beside the kernel
//! ```
//!
//! `echo_server_libpnet` is the same over libpnet.
//!
//! As root. Over AF_XDP a match program takes these datagrams alone, so that ping, ssh and all else go on; over AF_PACKET
//! the kernel sees them too and says "port unreachable" unless something listens there. Try it on one end of a veth pair
//! with addresses on both, the other end with GRO (`ethtool -K OTHER gro on`), then `nc -u ADDRESS 7`.

use std::{env, error::Error, sync::Arc, thread, time::Duration};

use portway_dataplane::{Burst, Frame, Packet, PacketPort, Port, Region, XdpPort};
use portway_xdp::{
    Socket,
    program::{Attached, Match},
};

const ECHO: u16 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: echo_server INTERFACE [--packet]";
    let interface = arguments.next().ok_or(usage)?;
    let region = Region::builder().chunks(4096).build()?;
    // From here on nothing tells which one it is.
    let mut port = match arguments.next().as_deref() {
        None => open_xdp(&interface, &region)?,
        Some("--packet") => PacketPort::open(&interface, &interface, &region)?,
        Some(_) => return Err(usage.into()),
    };
    let mut burst = Burst::with_limit(64);
    loop {
        if port.rx_burst(&mut burst) == 0 {
            thread::sleep(Duration::from_micros(50));
        }
        // Asks for the headers of all packets at once, before they are read one by one.
        burst.prefetch();
        burst.retain(turn_round);
        port.tx_burst(&mut burst);
        // What found no room in the send ring is dropped, as a server that is flooded does.
        port.give_back(&mut burst);
        if let Some(error) = port.take_error() {
            return Err(error.into());
        }
    }
}

fn open_xdp(interface: &str, region: &Region) -> Result<Port, Box<dyn Error>> {
    let socket = Socket::builder(interface, 0).open(region)?;
    let program = Attached::builder(interface, Match::udp_port(ECHO)).attach()?;
    program.insert(0, &socket)?;
    let program = Some(Arc::new(program));
    Ok(XdpPort::open(interface, socket, program, region))
}

/// Swaps both ends of a datagram to the echo port; tells whether it is one.
fn turn_round(frame: &mut Frame) -> bool {
    let Ok(mut packet) = Packet::ethernet(frame) else {
        return false;
    };
    let is_request = packet
        .udp()
        .is_some_and(|datagram| datagram.dst_port() == ECHO);
    if is_request {
        packet.swap_macs();
        packet.swap_ends();
    }
    is_request
}
