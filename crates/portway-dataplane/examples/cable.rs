//! Forwards all frames between two interfaces, both ways, without a copy: a cable in software.
//!
//! ```sh
//! cargo run --release --example cable -- LEFT RIGHT    # as root; takes all of queue 0 of both
//! ```
//!
//! Both ports are over one region, so that a frame that came from one goes out of the other where it lies.

use std::{env, error::Error, io, sync::Arc, thread, time::Duration};

use portway_dataplane::{Burst, Port, Region, XdpPort};
use portway_xdp::{
    Socket,
    program::{Attached, Match},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: cable LEFT RIGHT";
    let region = Region::builder().chunks(8192).build()?;
    let mut left = open(&arguments.next().ok_or(usage)?, &region)?;
    let mut right = open(&arguments.next().ok_or(usage)?, &region)?;

    let mut burst = Burst::new();
    loop {
        let there = pass(&mut left, &mut right, &mut burst)?;
        let back = pass(&mut right, &mut left, &mut burst)?;
        if there + back == 0 {
            thread::sleep(Duration::from_micros(50));
        }
    }
}

fn open(interface: &str, region: &Region) -> Result<Port, Box<dyn Error>> {
    let socket = Socket::builder(interface, 0).open(region)?;
    let program = Attached::builder(interface, Match::everything()).attach()?;
    program.insert(0, &socket)?;
    let program = Some(Arc::new(program));
    Ok(XdpPort::open(interface, socket, program, region))
}

/// Sends what one port has received out of the other; what finds no room there is dropped.
fn pass(from: &mut Port, to: &mut Port, burst: &mut Burst) -> io::Result<usize> {
    let received = from.rx_burst(burst);
    to.tx_burst(burst);
    from.give_back(burst);
    match from.take_error().or_else(|| to.take_error()) {
        Some(error) => Err(error),
        None => Ok(received),
    }
}
