//! A bare WireGuard device, set up by one `wg` command line's worth of arguments, for
//! measurements: `device INTERFACE PORT PRIVATE_KEY_FILE PEER_PUBLIC_KEY ALLOWED_IPS ADDRESSES`.
//!
//! Lists are comma-separated. Needs `CAP_NET_ADMIN`.

use std::error::Error;

use portway_gateway::{
    Change, DataPath, DataPathConfiguration, Inner, ListenAddress, PeerChange, TunConfiguration,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [interface, port, key_file, peer, allowed, addresses] = arguments.as_slice() else {
        return Err("six arguments, see the first lines of this example".into());
    };
    let mut tun = TunConfiguration::new(interface);
    tun.up = true;
    tun.addresses = addresses
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let mut configuration = DataPathConfiguration::new(ListenAddress::Any(port.parse()?));
    configuration.private_key = Some(std::fs::read_to_string(key_file)?.trim().parse()?);
    let (path, mut events) = DataPath::start(configuration, Inner::Tun(tun))?;
    let mut change = PeerChange::new(peer.parse()?);
    for prefix in allowed.split(',') {
        change.allowed_prefixes.push((prefix.parse()?, true));
    }
    path.apply(vec![Change::Peer(change)])?;
    while events.blocking_recv().is_some() {}
    path.end().map_or(Ok(()), |end| Err(end.into()))
}
