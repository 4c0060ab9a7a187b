//! What the allocator has to know of large messages.

use std::{hint::black_box, sync::Once};

/// Larger than what is taken and dropped for large messages: buffers for frames, encoded messages.
const LARGE_BLOCK: usize = 1 << 20;

/// Lets glibc keep the memory of large messages for the next ones.
///
/// By default it returns free memory to the system from 128 KiB on, and each page of it that is
/// used again is a fault and is zeroed first: of a gRPC call with 64 KiB that took a third of the
/// time. It learns by itself, as `mallopt(3)` says under `M_MMAP_THRESHOLD`: when a block that was
/// mapped is freed, up to twice its size is kept from then on. This frees one, once a process.
/// Other allocators have no such limit.
pub(crate) fn expect_large_blocks() {
    static ONCE: Once = Once::new();
    if cfg!(target_env = "gnu") {
        ONCE.call_once(|| drop(black_box(Vec::<u8>::with_capacity(LARGE_BLOCK))));
    }
}
