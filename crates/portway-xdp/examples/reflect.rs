//! Sends every UDP datagram for port 7 back at the level of Ethernet, in the frame it came in.
//!
//! `cargo run --release --example reflect -- eth0` as root. It takes queue 0 alone; `ethtool -L eth0 combined 1` sends
//! everything there.

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::time::Duration;

    use portway_xdp::program::{Attached, Match};
    use portway_xdp::{Burst, Region, Socket, SocketError};

    let interface = std::env::args().nth(1).ok_or("usage: reflect INTERFACE")?;
    let region = Region::builder().chunks(4096).build()?;
    let attached = Attached::builder(&interface, Match::udp_port(7)).attach()?;
    let socket = Socket::builder(&interface, 0).open(&region)?;
    attached.insert(socket.queue(), &socket)?;

    let (mut receiver, mut sender) = socket.split();
    let mut burst = Burst::with_limit(64);
    loop {
        let received = receiver.receive(&mut burst);
        for frame in burst.iter_mut().filter(|frame| frame.len() >= 12) {
            let (destination, source) = frame[..12].split_at_mut(6);
            destination.swap_with_slice(source);
        }
        match received.and_then(|_| sender.send(&mut burst)) {
            // Nothing came: sleep until something does, not without looking after what was sent.
            Ok(0) if sender.flush()? == 0 => drop(receiver.wait(Duration::from_secs(1))),
            Ok(_) | Err(SocketError::InterfaceDown { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
