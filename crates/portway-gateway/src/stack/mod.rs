//! What the user-space exit and the client's own stack share: IP packets on one side, sockets of
//! the host on the other, smoltcp's TCP between them.
//!
//! [`packet`] and [`compose`] read and write packets, [`portway_dataplane::Lane`] runs smoltcp, [`splice`] moves
//! bytes between a smoltcp socket and one of the host, [`connection`] is the life of one pair of
//! them, and [`connections`] is all of them with their timers.

pub(crate) mod compose;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod deadlines;
pub(crate) mod packet;
mod recovery;
pub(crate) mod splice;
#[cfg(test)]
pub(crate) mod testing;
