//! Questions to the kernel by netlink. Own code, because a netlink library for a handful of attributes would be the largest
//! dependency of this crate.

mod attribute;
pub(crate) mod device;
pub(crate) mod link;
mod message;
