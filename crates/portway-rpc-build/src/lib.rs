//! Makes services of portway-rpc out of `.proto` files in a build script, without `protoc`.
//!
//! In `build.rs`:
//!
//! ```no_run
//! # fn main() -> Result<(), portway_rpc_build::BuildError> {
//! portway_rpc_build::compile(["proto/hello.proto"], ["proto"])?;
//! # Ok(())
//! # }
//! ```
//!
//! In the crate, which depends on `portway-rpc` and `prost`:
//!
//! ```ignore
//! pub mod hello {
//!     include!(concat!(env!("OUT_DIR"), "/hello.rs"));
//! }
//! ```
//!
//! Of `service Greeter` it makes a trait `Greeter`, a `GreeterServer`, a `GreeterClient` and a
//! module `greeter` with a type for each method, as the macro `portway_rpc::service` describes
//! them. A method whose `idempotency_level` is set may be repeated. What reflection needs is in
//! `descriptors.bin` beside the code.

mod generator;
mod payload;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use prost::Message as _;
use thiserror::Error;

use generator::ServiceGenerator;

/// The name of the file with what reflection needs: an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &str = "descriptors.bin";

/// Why nothing could be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A `.proto` is wrong, or not there; the text says where.
    #[error("{0}")]
    Proto(#[from] protox::Error),
    /// The code could not be made or written.
    #[error("the code of the services could not be written: {0}")]
    Write(#[from] io::Error),
    /// There is no folder to write to.
    #[error("OUT_DIR is not set: call this from a build script, or say where by Builder::out_dir")]
    NoFolder,
    /// A field was said to carry bulk bytes and cannot.
    #[error(
        "{path} is no field for bulk bytes: name one of proto3 as `package.Message.field`, in lower case, \
         of type `bytes`, neither `optional` nor `repeated` nor in a `oneof`"
    )]
    Payload {
        /// The path as it was given.
        path: String,
    },
}

/// Makes the code of `.proto` files, which are looked up in `includes`.
///
/// # Errors
/// See [`BuildError`].
pub fn compile(
    protos: impl IntoIterator<Item = impl AsRef<Path>>,
    includes: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<(), BuildError> {
    Builder::new().compile(protos, includes)
}

/// Makes the code of `.proto` files, with options.
#[derive(Debug)]
pub struct Builder {
    prost: prost_build::Config,
    out_dir: Option<PathBuf>,
    payloads: Vec<String>,
}

impl Builder {
    /// Makes a builder that writes to the build script's `OUT_DIR`.
    pub fn new() -> Self {
        let mut prost = prost_build::Config::new();
        // Messages move on without a copy.
        prost.bytes(["."]);
        Self {
            prost,
            out_dir: None,
            payloads: Vec::new(),
        }
    }

    /// Sets the folder to write to.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Changes how prost makes the messages.
    #[must_use]
    pub fn prost(mut self, change: impl FnOnce(&mut prost_build::Config)) -> Self {
        change(&mut self.prost);
        self
    }

    /// Says that a field carries bulk bytes, such as `files.v1.Part.content`: parts of files,
    /// images. From 8 KiB on they are then sent by framed connections without being copied, behind
    /// the other fields of their message; any peer reads it as before.
    ///
    /// It is a field of a request or a response itself, of type `bytes`, in proto3; one for each
    /// message, the one said last. See `portway_rpc::PayloadField`.
    #[must_use]
    pub fn payload(mut self, field: impl Into<String>) -> Self {
        self.payloads.push(field.into());
        self
    }

    /// Makes the code of `.proto` files, which are looked up in `includes`.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn compile(
        mut self,
        protos: impl IntoIterator<Item = impl AsRef<Path>>,
        includes: impl IntoIterator<Item = impl AsRef<Path>>,
    ) -> Result<(), BuildError> {
        let protos: Vec<PathBuf> = protos
            .into_iter()
            .map(|it| it.as_ref().to_owned())
            .collect();
        let descriptors = protox::compile(&protos, includes)?;
        let payloads = payload::find(&self.payloads, &descriptors)?;
        let folder = match self.out_dir.take() {
            Some(folder) => folder,
            None => env::var_os("OUT_DIR")
                .map(PathBuf::from)
                .ok_or(BuildError::NoFolder)?,
        };
        fs::write(folder.join(DESCRIPTORS), descriptors.encode_to_vec())?;
        self.prost
            .out_dir(folder)
            .service_generator(Box::new(ServiceGenerator { payloads }));
        Ok(self.prost.compile_fds(descriptors)?)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
