//! An even stream of datagrams, and what counts them at the other end.

use std::{
    hint,
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use clap::Args;

/// What to send.
#[derive(Args, Debug)]
pub(crate) struct SendArguments {
    /// Where to
    address: SocketAddr,
    /// Bytes of one datagram, without headers
    size: usize,
    /// Datagrams a second
    rate: u32,
    /// For how long
    seconds: u64,
}

/// Sends one datagram at a time, evenly spaced: a burst would let a program under measurement batch
/// what in life comes singly. Between two it spins; a sleep is too coarse for 50 microseconds.
pub(crate) fn send(arguments: &SendArguments) -> anyhow::Result<()> {
    let any = if arguments.address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(arguments.address)?;
    let payload = vec![0; arguments.size];
    let gap = Duration::from_secs(1) / arguments.rate;
    let started = Instant::now();
    let mut next = started;
    while started.elapsed() < Duration::from_secs(arguments.seconds) {
        while Instant::now() < next {
            hint::spin_loop();
        }
        // A datagram that cannot be sent now is one that the sink does not count.
        let _ = socket.send(&payload);
        next += gap;
    }
    Ok(())
}

/// Counts datagrams until a second passes without any after the first, and prints the number.
pub(crate) fn sink(address: SocketAddr) -> anyhow::Result<()> {
    let socket = UdpSocket::bind(address)?;
    println!("listening");
    let mut buffer = [0; 2048];
    let mut count = 0_u64;
    loop {
        match socket.recv(&mut buffer) {
            Ok(_) if count == 0 => {
                count = 1;
                socket.set_read_timeout(Some(Duration::from_secs(1)))?;
            }
            Ok(_) => count += 1,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    println!("{count}");
    Ok(())
}
