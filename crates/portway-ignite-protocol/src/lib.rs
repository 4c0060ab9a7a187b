//! The Apache Ignite thin client protocol, without sockets: one codec for clients and servers.
