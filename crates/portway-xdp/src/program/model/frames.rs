//! Frames for the tests, built byte by byte.

/// A UDP datagram or TCP segment with what may be odd about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram {
    pub(super) source: u8,
    pub(super) destination: u8,
    pub(super) protocol: u8,
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    /// Bytes of IPv4 options, a multiple of four up to 40.
    pub(super) options: u8,
    /// The IPv4 header's flags and fragment offset.
    pub(super) fragment: u16,
    /// An IPv6 extension header of this number, eight bytes long.
    pub(super) extension: Option<u8>,
    /// What the IP header says of the length, if not the truth.
    pub(super) length_said: Option<u16>,
}

impl Default for Datagram {
    fn default() -> Self {
        Self {
            source: 3,
            destination: 4,
            protocol: 17,
            source_port: 1000,
            destination_port: 2000,
            options: 0,
            fragment: 0,
            extension: None,
            length_said: None,
        }
    }
}

impl Datagram {
    /// A header of 20 bytes, enough for both protocols, and four bytes of payload.
    fn transport(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.source_port.to_be_bytes());
        bytes.extend(self.destination_port.to_be_bytes());
        bytes.resize(24, 0x55);
        bytes
    }
}

/// From 10.1.2.`source` to 10.1.2.`destination`.
pub(super) fn ipv4(datagram: &Datagram) -> Vec<u8> {
    let transport = datagram.transport();
    let header = 20 + usize::from(datagram.options);
    let length = u16::try_from(header + transport.len()).unwrap();
    let mut frame = ethernet(0x0800);
    frame.extend([0x40 | u8::try_from(header / 4).unwrap(), 0]);
    frame.extend(datagram.length_said.unwrap_or(length).to_be_bytes());
    frame.extend([0, 1]);
    frame.extend(datagram.fragment.to_be_bytes());
    frame.extend([64, datagram.protocol, 0, 0]);
    frame.extend([10, 1, 2, datagram.source, 10, 1, 2, datagram.destination]);
    frame.resize(14 + header, 1); // options: "no operation"
    frame.extend(transport);
    frame
}

/// From fd00::1:2:`source` to fd00:0:8000::1:2:`destination`.
pub(super) fn ipv6(datagram: &Datagram) -> Vec<u8> {
    let mut payload = Vec::new();
    if datagram.extension.is_some() {
        payload.extend([datagram.protocol, 0, 1, 4, 0, 0, 0, 0]);
    }
    payload.extend(datagram.transport());
    let length = u16::try_from(payload.len()).unwrap();
    let mut frame = ethernet(0x86dd);
    frame.extend([0x60, 0, 0, 0]);
    frame.extend(datagram.length_said.unwrap_or(length).to_be_bytes());
    frame.extend([datagram.extension.unwrap_or(datagram.protocol), 64]);
    frame.extend([
        0xfd,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        2,
        0,
        datagram.source,
    ]);
    frame.extend([
        0xfd,
        0,
        0,
        0,
        0x80,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        2,
        0,
        datagram.destination,
    ]);
    frame.extend(payload);
    frame
}

fn ethernet(ether_type: u16) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(ether_type.to_be_bytes());
    frame
}

/// A VLAN tag: its EtherType, and its priority and id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tagged(pub(super) u16, pub(super) u16);

impl Tagged {
    /// Returns the frame with this tag as its first.
    pub(super) fn around(self, frame: &[u8]) -> Vec<u8> {
        let mut tagged = frame[..12].to_vec();
        tagged.extend(self.0.to_be_bytes());
        tagged.extend(self.1.to_be_bytes());
        tagged.extend(&frame[12..]);
        tagged
    }
}
