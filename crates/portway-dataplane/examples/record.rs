//! Records packets of an interface into a pcap file, which Wireshark and tcpdump read: a port at either end.
//!
//! ```sh
//! cargo run --release --example record -- INTERFACE FILE [COUNT]    # as root; beside the kernel, no XDP program
//! ```

use std::{env, error::Error, thread, time::Duration};

use portway_dataplane::{Burst, CaptureFiles, PacketPort, Region};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: record INTERFACE FILE [COUNT]";
    let interface = arguments.next().ok_or(usage)?;
    let file = arguments.next().ok_or(usage)?;
    let count = arguments.next().map_or(Ok(100), |count| count.parse())?;

    let region = Region::builder().chunks(2048).build()?;
    let mut port = PacketPort::open(&interface, &interface, &region)?;
    let mut capture = CaptureFiles::new().write(&file).open(&file, &region)?;
    let mut burst = Burst::new();
    while capture.statistics().sent.out_packets < count {
        if port.rx_burst(&mut burst) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        capture.tx_burst(&mut burst);
        if let Some(error) = port.take_error().or_else(|| capture.take_error()) {
            return Err(error.into());
        }
    }
    port.refresh_statistics();
    let missed = port.statistics().received.in_missed;
    if missed > 0 {
        return Err(format!("{missed} packets came too quickly and are not in the file").into());
    }
    Ok(())
}
