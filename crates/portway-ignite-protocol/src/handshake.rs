//! The first message of a connection and its answer.
//!
//! ```text
//! request   1 | version i16 x 3 | client kind u8
//!           | [>= 1.7: features] | [UserAttributes: map or null] | [user str, password str]
//! accepted  1 | [>= 1.7: features of both] | [>= 1.4: node uuid]
//! refused   0 | server version i16 x 3 | message str | [>= 1.1: status i32]
//! ```

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::codec::{DecodeError, Layout, Reader, Writer};
use crate::feature::{Feature, Features};
use crate::frame::{FrameTooLong, frame};
use crate::status::Status;
use crate::value::tag;
use crate::version::{Dialect, Version};

const HANDSHAKE: u8 = 1;
const THIN_CLIENT: u8 = 2;
const HASH_MAP: u8 = 1;
/// The tag and the length of a string.
const STRING_HEADER: usize = 5;

/// A user's name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    password: Zeroizing<String>,
}

impl Credentials {
    /// Holds a name and a password; the password's memory is wiped in the end.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            password: Zeroizing::new(password.into()),
        }
    }

    /// The password, to be compared or sent, never to be shown.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What a client says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeRequest {
    /// The version the client wants to speak.
    pub version: Version,
    /// The features the client has; not sent below version 1.7.
    pub features: Features,
    /// What the client says about itself; sent only with [`Feature::UserAttributes`].
    pub attributes: BTreeMap<String, String>,
    /// Who the client is; not sent below version 1.1.
    pub credentials: Option<Credentials>,
}

impl HandshakeRequest {
    /// A request without attributes and credentials.
    pub fn new(version: Version, features: Features) -> Self {
        Self {
            version,
            features,
            attributes: BTreeMap::new(),
            credentials: None,
        }
    }

    fn has_attributes(&self) -> bool {
        self.version >= Version::V1_7 && self.features.contains(Feature::UserAttributes)
    }

    /// The request as a frame.
    ///
    /// # Errors
    /// [`FrameTooLong`] when attributes or credentials are over 2 GiB.
    pub fn to_frame(&self) -> Result<Bytes, FrameTooLong> {
        let mut writer = Writer::new();
        // A buffer that grows leaves copies behind, and these would keep the password.
        writer.reserve(self.greatest_size());
        frame(writer, |writer| self.encode(writer))
    }

    /// A bound of the encoded size.
    fn greatest_size(&self) -> usize {
        /// The length of the frame, the fixed part, the features, and the tags around the rest.
        const REST: usize = 64;
        let attributes = self.attributes.iter();
        let attributes: usize = attributes
            .map(|(name, value)| name.len() + value.len() + 2 * STRING_HEADER)
            .sum();
        let credentials = self.credentials.as_ref();
        let credentials = credentials.map_or(0, |it| {
            it.user.len() + it.password().len() + 2 * STRING_HEADER
        });
        REST + attributes + credentials
    }

    /// Reads a request from a frame's payload.
    ///
    /// # Errors
    /// [`DecodeError::NotAHandshake`] (close the connection without an answer),
    /// [`DecodeError::UnsupportedVersion`] and [`DecodeError::UnknownClient`] (answer a refusal),
    /// or another one for bytes that cannot be understood.
    pub fn from_payload(payload: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(&mut Reader::new(payload))
    }

    fn decode_credentials(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if self.version < Version::V1_1 || reader.is_at_end() {
            return Ok(());
        }
        let user = reader.optional_string()?;
        let password = reader.optional_string()?.unwrap_or_default();
        self.credentials = user.map(|user| Credentials::new(user, password));
        Ok(())
    }
}

impl Layout for HandshakeRequest {
    const MINIMUM_SIZE: usize = 8;

    fn encode(&self, writer: &mut Writer) {
        writer.u8(HANDSHAKE);
        self.version.encode(writer);
        writer.u8(THIN_CLIENT);
        if self.version >= Version::V1_7 {
            self.features.encode(writer);
        }
        if self.has_attributes() {
            encode_attributes(&self.attributes, writer);
        }
        if let (true, Some(credentials)) = (self.version >= Version::V1_1, &self.credentials) {
            writer.string(&credentials.user);
            writer.string(credentials.password());
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if reader.u8()? != HANDSHAKE {
            return Err(DecodeError::NotAHandshake);
        }
        let version = Version::decode(reader)?;
        let client = reader.u8()?;
        if client != THIN_CLIENT {
            return Err(DecodeError::UnknownClient(client));
        }
        if !version.is_supported() {
            return Err(DecodeError::UnsupportedVersion(version));
        }
        let mut request = Self::new(version, Features::NONE);
        if version >= Version::V1_7 {
            request.features = Features::decode(reader)?;
        }
        if request.has_attributes() {
            request.attributes = decode_attributes(reader)?;
        }
        request.decode_credentials(reader)?;
        reader.finish()?;
        Ok(request)
    }
}

fn encode_attributes(attributes: &BTreeMap<String, String>, writer: &mut Writer) {
    if attributes.is_empty() {
        return writer.null();
    }
    writer.u8(tag::MAP);
    writer.count(attributes.len());
    writer.u8(HASH_MAP);
    for (name, value) in attributes {
        writer.string(name);
        writer.string(value);
    }
}

fn decode_attributes(reader: &mut Reader<'_>) -> Result<BTreeMap<String, String>, DecodeError> {
    if reader.take_null() {
        return Ok(BTreeMap::new());
    }
    reader.expect_tag(tag::MAP, "user attributes")?;
    let count = reader.count(2)?;
    let _map_kind = reader.u8()?;
    (0..count)
        .map(|_| {
            Ok((
                reader.string()?,
                reader.optional_string()?.unwrap_or_default(),
            ))
        })
        .collect()
}

/// What a server answers to a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandshakeResponse {
    /// The connection is open.
    Accepted {
        /// The features that both sides have; empty below version 1.7.
        features: Features,
        /// The server's id; absent below version 1.4.
        node: Option<Uuid>,
    },
    /// The connection is not opened. A client that was refused for its version tries again with
    /// the one named here.
    Refused {
        /// The server's version; zero when the version is not the reason.
        version: Version,
        /// The server's words.
        message: String,
        /// The reason; [`Status::FAILED`] below version 1.1, where none is sent.
        status: Status,
    },
}

impl HandshakeResponse {
    /// Refuses a client for its version.
    pub fn unsupported_version(version: Version) -> Self {
        Self::Refused {
            version: Version::LATEST,
            message: format!("Unsupported version: {version}"),
            status: Status::FAILED,
        }
    }

    /// The answer as a frame; `version` is that of the request.
    ///
    /// # Errors
    /// [`FrameTooLong`] when the message is over 2 GiB.
    pub fn to_frame(&self, version: Version) -> Result<Bytes, FrameTooLong> {
        let writer = Writer::new().with_dialect(Dialect {
            version,
            features: Features::NONE,
        });
        frame(writer, |writer| self.encode(writer))
    }

    /// Reads an answer from a frame's payload; `version` is that of the request.
    ///
    /// # Errors
    /// A [`DecodeError`] for bytes that cannot be understood.
    pub fn from_payload(payload: &[u8], version: Version) -> Result<Self, DecodeError> {
        let dialect = Dialect {
            version,
            features: Features::NONE,
        };
        let mut reader = Reader::new(payload).with_dialect(dialect);
        let response = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(response)
    }
}

/// The dialect's version is that of the request.
impl Layout for HandshakeResponse {
    fn encode(&self, writer: &mut Writer) {
        let requested = writer.dialect().version;
        match self {
            Self::Accepted { features, node } => {
                writer.bool(true);
                if requested >= Version::V1_7 {
                    features.encode(writer);
                }
                if requested >= Version::V1_4 {
                    node.unwrap_or_default().encode(writer);
                }
            }
            Self::Refused {
                version,
                message,
                status,
            } => {
                writer.bool(false);
                version.encode(writer);
                writer.string(message);
                if requested >= Version::V1_1 {
                    status.encode(writer);
                }
            }
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let requested = reader.dialect().version;
        if reader.bool()? {
            let has_features = requested >= Version::V1_7;
            let features = if has_features {
                Features::decode(reader)?
            } else {
                Features::NONE
            };
            let has_node = requested >= Version::V1_4;
            let node = if has_node {
                Some(Uuid::decode(reader)?)
            } else {
                None
            };
            return Ok(Self::Accepted { features, node });
        }
        let version = Version::decode(reader)?;
        let message = reader.optional_string()?.unwrap_or_default();
        // A server that does not know the requested version may leave the status out.
        let status = if reader.is_at_end() {
            Status::FAILED
        } else {
            Status::decode(reader)?
        };
        Ok(Self::Refused {
            version,
            message,
            status,
        })
    }
}
