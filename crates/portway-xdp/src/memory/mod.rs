//! Packet memory: regions, the frames they are cut into, and who holds which frame.

mod burst;
mod checksum;
mod error;
mod frame;
mod mapping;
mod pool;
mod queue;
mod region;
mod request;
mod store;

pub use burst::{Burst, Drain, MAXIMUM_BURST};
pub use error::{OutOfRoom, RegionError};
pub use frame::Frame;
pub(crate) use mapping::Mapping;
pub use mapping::PageSize;
pub use pool::FramePool;
pub use queue::{FrameReceiver, FrameSender, frame_queue};
pub use region::{DEFAULT_HEADROOM, MAXIMUM_CHUNK_SIZE, MINIMUM_CHUNK_SIZE, Region, RegionBuilder};
pub use request::RequestError;
