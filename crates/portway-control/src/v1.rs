//! Version 1 of the API: the messages, and both sides of the service `portway.control.v1.Control`.

#![allow(
    missing_docs,
    clippy::large_enum_variant,
    reason = "made by portway-rpc-build of proto/portway/control/v1/control.proto"
)]

include!("../generated/portway.control.v1.rs");
