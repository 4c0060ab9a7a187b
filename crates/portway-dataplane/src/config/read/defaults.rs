//! The section `defaults`.

use portway_xdp::PageSize;

use super::{
    entries::Entries,
    keys::{Expected, Key, key},
};

/// Buffers, descriptors and bytes are given in units of so many.
pub(super) const UNIT: u64 = 1024;
/// Buffers of one umem, in units: 64 Mi of them.
pub(super) const GREATEST_BUFFERS: u64 = 65_536;
/// Bytes of one buffer, in units.
pub(super) const GREATEST_BUFFER_SIZE: u64 = 128;
/// Entries of a ring, in units.
pub(super) const GREATEST_RING: u64 = 64;

pub(super) const BUFFER_COUNT: Expected = Expected::Number {
    range: 1..=GREATEST_BUFFERS,
    unit: "units of 1024 buffers",
};
pub(super) const BUFFER_SIZE: Expected = Expected::Number {
    range: 1..=GREATEST_BUFFER_SIZE,
    unit: "units of 1024 bytes",
};
pub(super) const RING: Expected = Expected::Number {
    range: 0..=GREATEST_RING,
    unit: "units of 1024 descriptors",
};
/// The empty word stands for ordinary pages.
pub(super) const PAGES: Expected = Expected::Word(&["4KB", "2MB", "1GB", ""]);

pub(super) const DEFAULTS: &[Key] = &[
    key(
        "bufcnt",
        BUFFER_COUNT,
        "Buffers of a umem, in units of 1024.",
    ),
    key("bufsz", BUFFER_SIZE, "Bytes of a buffer, in units of 1024."),
    key(
        "rxdesc",
        RING,
        "Entries of a receive ring, in units of 1024.",
    ),
    key("txdesc", RING, "Entries of a send ring, in units of 1024."),
    key(
        "cache",
        Expected::Number {
            range: 0..=1_048_576,
            unit: "buffers",
        },
        "Buffers that a thread keeps for itself. Here the size is fixed.",
    ),
    key(
        "mtype",
        PAGES,
        "The pages that memory is made of; 4KB if missing.",
    ),
];

/// What holds where a umem does not say it.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) buffers: Option<u64>,
    pub(super) buffer_size: Option<u64>,
    pub(super) receive_ring: Option<u64>,
    pub(super) send_ring: Option<u64>,
    pub(super) pages: PageSize,
}

impl Defaults {
    pub(super) fn read(entries: &Entries<'_>) -> Self {
        Self {
            buffers: entries.number("bufcnt"),
            buffer_size: entries.number("bufsz"),
            receive_ring: entries.number("rxdesc"),
            send_ring: entries.number("txdesc"),
            pages: pages(entries).unwrap_or_default(),
        }
    }
}

/// The pages that `mtype` asks for.
pub(super) fn pages(entries: &Entries<'_>) -> Option<PageSize> {
    let word = entries.filled("mtype")?.value.to_ascii_uppercase();
    Some(match word.as_str() {
        "2MB" => PageSize::Huge2M,
        "1GB" => PageSize::Huge1G,
        _ => PageSize::Ordinary,
    })
}
