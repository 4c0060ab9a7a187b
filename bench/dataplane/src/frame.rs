//! The frame that devices are sent, and how it is turned round.

/// Its length without the check sequence that hardware would add.
pub const LENGTH: usize = 64;
/// The port that the device answers on.
pub const PORT: u16 = 7;
/// Where the device is.
pub const DEVICE_ADDRESS: [u8; 4] = [10, 77, 0, 1];
/// Where the sender is.
pub const SENDER_ADDRESS: [u8; 4] = [10, 77, 0, 2];
/// The hardware address of the device's interface.
pub const DEVICE_MAC: [u8; 6] = [2, 0, 0, 0, 0x77, 1];
/// The hardware address that frames come from. The sender's interface has another one, so that what comes back is not
/// for it, and is dropped at once.
pub const SENDER_MAC: [u8; 6] = [2, 0, 0, 0, 0x77, 2];

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const PAYLOAD: usize = LENGTH - ETHERNET - IPV4 - 8;

/// A UDP datagram from the sender to the device, without a UDP checksum, which IPv4 allows.
#[must_use]
pub fn request() -> [u8; LENGTH] {
    let mut frame = [0; LENGTH];
    frame[..6].copy_from_slice(&DEVICE_MAC);
    frame[6..12].copy_from_slice(&SENDER_MAC);
    frame[12..14].copy_from_slice(&[8, 0]);
    let ip = &mut frame[ETHERNET..ETHERNET + IPV4];
    ip[0] = 0x45;
    ip[2..4].copy_from_slice(&((IPV4 + 8 + PAYLOAD) as u16).to_be_bytes());
    (ip[8], ip[9]) = (64, 17);
    ip[12..16].copy_from_slice(&SENDER_ADDRESS);
    ip[16..20].copy_from_slice(&DEVICE_ADDRESS);
    let sum = checksum(ip);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let udp = &mut frame[ETHERNET + IPV4..];
    udp[..2].copy_from_slice(&4242_u16.to_be_bytes());
    udp[2..4].copy_from_slice(&PORT.to_be_bytes());
    udp[4..6].copy_from_slice(&((8 + PAYLOAD) as u16).to_be_bytes());
    frame
}

fn checksum(header: &[u8]) -> u16 {
    let words = header.as_chunks::<2>().0.iter();
    let sum: u32 = words.map(|word| u32::from(u16::from_be_bytes(*word))).sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    !(folded as u16)
}

/// Swaps hardware addresses, addresses and ports where they stand in [`request`], without looking at anything else: the
/// least that an echo can do.
#[inline]
pub fn turn_round(frame: &mut [u8]) {
    let Some(frame) = frame.first_chunk_mut::<{ ETHERNET + IPV4 + 4 }>() else {
        return;
    };
    let old = *frame;
    frame[..6].copy_from_slice(&old[6..12]);
    frame[6..12].copy_from_slice(&old[..6]);
    frame[26..30].copy_from_slice(&old[30..34]);
    frame[30..34].copy_from_slice(&old[26..30]);
    frame[34..36].copy_from_slice(&old[36..38]);
    frame[36..38].copy_from_slice(&old[34..36]);
}
