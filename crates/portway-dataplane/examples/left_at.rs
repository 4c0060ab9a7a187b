//! Sends UDP datagrams whose checksum the device computes, and tells when each of them left.
//!
//! ```sh
//! cargo run --release --example left_at -- INTERFACE [COUNT]    # as root
//! ```
//!
//! Over a virtual interface the kernel does both, and the times are those of its `CLOCK_TAI`.

#![expect(clippy::print_stdout, reason = "an example says what it found")]

use std::{env, error::Error, thread, time::Duration};

use portway_dataplane::{Burst, Frame, LinkType, Region, SendFeatures, XdpPort, request_checksums};
use portway_xdp::{Socket, program::InterfaceFacts};

/// To everybody: from 192.0.2.1 to 255.255.255.255, the port "discard", eight bytes of payload.
const HEADER: [u8; 20] = [
    0x45, 0, 0, 36, 0, 0, 0, 0, 1, 17, 0, 0, 192, 0, 2, 1, 255, 255, 255, 255,
];
const PORTS_AND_LENGTH: [u8; 8] = [0, 9, 0, 9, 0, 16, 0, 0];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let interface = arguments.next().ok_or("usage: left_at INTERFACE [COUNT]")?;
    let count: u64 = arguments.next().map_or(Ok(10), |count| count.parse())?;

    println!("the driver offers {}", SendFeatures::of_driver(&interface)?);
    let mac = InterfaceFacts::of(&interface)?.mac.ok_or("no Ethernet")?;
    let region = Region::builder().chunks(4096).send_metadata().build()?;
    let wanted = SendFeatures::CHECKSUM | SendFeatures::TIME_STAMP;
    let socket = Socket::builder(&interface, 0)
        .require(wanted)
        .open(&region)?;
    let mut port = XdpPort::open(&interface, socket, None, &region);

    let mut burst = Burst::new();
    for number in 0..count {
        port.prepare(&mut burst, 1);
        let frame = burst.last_mut().ok_or("every frame is in use")?;
        write(frame, mac, number)?;
        request_checksums(frame, LinkType::Ethernet)?;
        frame.request_time_stamp(number)?;
        port.tx_burst(&mut burst);
        thread::sleep(Duration::from_millis(10));
        // What has left since comes back with the next burst, be it empty.
        port.tx_burst(&mut burst);
        while let Some(stamp) = port.next_time_stamp() {
            println!("{} left at {:?}", stamp.tag, stamp.time);
        }
    }
    Ok(())
}

fn write(frame: &mut Frame, mac: [u8; 6], number: u64) -> Result<(), Box<dyn Error>> {
    let number = number.to_be_bytes();
    for bytes in [
        &[0xFF; 6][..],
        &mac,
        &[8, 0],
        &HEADER,
        &PORTS_AND_LENGTH,
        &number,
    ] {
        frame.append(bytes)?;
    }
    Ok(())
}
