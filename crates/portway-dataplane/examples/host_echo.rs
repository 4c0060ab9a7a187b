//! A length-delimited echo service in user space, on AF_XDP: every frame of four bytes of length and so many bytes comes
//! back.
//!
//! ```sh
//! cargo run --example host_echo -- INTERFACE ADDRESS/LENGTH    # as root; takes all of queue 0 of the interface
//! ```
//!
//! Try it on one end of a veth pair: `ip link add left type veth peer name right`, both `up`, an address of the same
//! network on `left`, then `host_echo right 10.0.0.2/24`, and `printf '\0\0\0\5hello' | nc -N 10.0.0.2 7 | xxd`.

use std::{env, error::Error, fs, sync::Arc, thread};

use futures_util::{SinkExt as _, StreamExt as _};
use portway_dataplane::{
    Host, HostConfiguration, HostTcpStream, Region, XdpPort, wire::EthernetAddress,
};
use portway_xdp::{
    Socket,
    program::{Attached, Match},
};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: host_echo INTERFACE ADDRESS/LENGTH";
    let mut arguments = env::args().skip(1);
    let interface = arguments.next().ok_or(usage)?;
    let address = arguments.next().ok_or(usage)?.parse()?;

    // The card takes what comes for its own address, so the host has the same one.
    let mac = fs::read_to_string(format!("/sys/class/net/{interface}/address"))?;
    let mac: EthernetAddress = mac
        .trim()
        .parse()
        .map_err(|()| "not an Ethernet interface")?;

    let region = Region::builder().chunks(4096).build()?;
    let socket = Socket::builder(&interface, 0).open(&region)?;
    let program = Attached::builder(&interface, Match::everything()).attach()?;
    program.insert(0, &socket)?;
    let port = XdpPort::open(&interface, socket, Some(Arc::new(program)), &region);

    // A kernel at the other end of a veth pair leaves checksums to a card that is not there.
    let configuration = HostConfiguration::new()
        .mac(mac)
        .address(address)
        .trust_checksums();
    let (host, driver) = Host::new(port, configuration)?;
    thread::spawn(|| driver.run());

    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(serve(&host))
}

/// Accepts connections for ever.
async fn serve(host: &Host) -> Result<(), Box<dyn Error>> {
    let mut listener = host.listen(7)?;
    tokio::task::LocalSet::new()
        .run_until(async {
            loop {
                let (stream, _from) = listener.accept().await?;
                tokio::task::spawn_local(echo(stream));
            }
        })
        .await
}

/// Sends back each frame of a connection until it ends or breaks.
async fn echo(stream: HostTcpStream) {
    let mut framed = Framed::new(stream, LengthDelimitedCodec::new());
    while let Some(Ok(frame)) = framed.next().await {
        if framed.send(frame.freeze()).await.is_err() {
            return;
        }
    }
}
