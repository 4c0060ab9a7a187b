//! Sessions driven by bytes, without a socket.
