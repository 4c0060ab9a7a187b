//! Sends every frame of an interface's queue back out of it, its Ethernet addresses swapped: what a tester of cards and
//! cables plugs in at the other end.
//!
//! ```sh
//! cargo run --release --example loopback -- INTERFACE [QUEUE]    # as root; takes all of the queue
//! ```

use std::{env, error::Error, sync::Arc, thread, time::Duration};

use portway_dataplane::{Burst, Packet, Region, XdpPort};
use portway_xdp::{
    Socket,
    program::{Attached, Match},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let interface = arguments
        .next()
        .ok_or("usage: loopback INTERFACE [QUEUE]")?;
    let queue = arguments.next().map_or(Ok(0), |queue| queue.parse())?;

    let region = Region::builder().chunks(4096).build()?;
    let socket = Socket::builder(&interface, queue).open(&region)?;
    let program = Attached::builder(&interface, Match::everything()).attach()?;
    program.insert(queue, &socket)?;
    let mut port = XdpPort::open(&interface, socket, Some(Arc::new(program)), &region);

    let mut burst = Burst::new();
    loop {
        if port.rx_burst(&mut burst) == 0 {
            thread::sleep(Duration::from_micros(50));
        }
        for frame in burst.iter_mut() {
            // What is no Ethernet frame goes back as it came.
            if let Ok(mut packet) = Packet::ethernet(frame) {
                packet.swap_macs();
            }
        }
        port.tx_burst(&mut burst);
        port.give_back(&mut burst);
        if let Some(error) = port.take_error() {
            return Err(error.into());
        }
    }
}
