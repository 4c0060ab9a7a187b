//! Receives what a compiled XDP program of yours redirects to its map of sockets, and prints the length of each packet.
//!
//! `cargo run --release --features aya --example compiled -- eth0 filter.o filter xsks_map` as root. It takes queue 0 alone.

#[cfg(target_os = "linux")]
#[expect(clippy::print_stdout, reason = "it is what the example does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::time::Duration;

    use portway_xdp::program::Compiled;
    use portway_xdp::{Burst, Region, Socket};

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [interface, file, program, map] = arguments.as_slice() else {
        return Err("usage: compiled INTERFACE FILE PROGRAM MAP".into());
    };
    let region = Region::builder().chunks(4096).build()?;
    let mut object = aya::Ebpf::load_file(file)?;
    let attached = Compiled::load(&mut object, program, map)?.attach(interface)?;
    let socket = Socket::builder(interface, 0).open(&region)?;
    attached.insert(socket.queue(), &socket)?;
    let (mut receiver, _sender) = socket.split();

    let mut burst = Burst::new();
    loop {
        receiver.wait(Duration::from_secs(1))?;
        receiver.receive(&mut burst)?;
        for frame in burst.drain(burst.len()) {
            println!("{} bytes", frame.len());
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
