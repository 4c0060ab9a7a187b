//! The control API of a gateway: its definition, and a client that needs neither gateway nor grid.
//!
//! A crate of its own because it runs at the user's: a function that lets peers enrol links it, and
//! nothing of the gateway. [`v1`] has the messages and both sides of the service
//! `portway.control.v1.Control`, made of `proto/portway/control/v1/control.proto`; the gateway serves it,
//! [`connect`] reaches it.
//!
//! ```no_run
//! use portway_control::{ControlOptions, connect, v1};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = ControlOptions::new()
//!     .token(std::env::var("PORTWAY_CONTROL_TOKEN")?)
//!     .fingerprint(std::env::var("PORTWAY_CONTROL_FINGERPRINT")?.parse()?);
//! let gateway = connect(&"grpcs://vpn.example.com:51821".parse()?, &options).await?;
//! let enrolment = gateway
//!     .redeem(v1::RedeemRequest {
//!         token: "the token of the invitation".to_owned(),
//!         key: Some(v1::redeem_request::Key::PublicKey("its key, in base64".to_owned())),
//!         client_address: "198.51.100.7".to_owned(),
//!     })
//!     .await?;
//! println!("{}", enrolment.configuration);
//! # Ok(())
//! # }
//! ```

mod channel;
mod fingerprint;
mod options;
mod reason;
mod role;
mod target;
mod tls;
pub mod v1;

pub use channel::{ConnectError, ControlChannel, connect};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use options::ControlOptions;
pub use reason::Reason;
pub use role::{Role, RoleError};
pub use target::{ControlTarget, TargetError};

/// The definition in the form that reflection needs: an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!("../generated/descriptors.bin");
