//! The canonical encoding of a record inside its seal: big endian, each list and text after its
//! length, one way only to write a record.

use std::net::IpAddr;

use ipnet::IpNet;
use zeroize::Zeroizing;

/// The encoded record does not have the layout that the reader expects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EncodingError;

/// Writes a record; what is written is erased from memory when dropped.
pub(super) struct RecordWriter {
    bytes: Zeroizing<Vec<u8>>,
}

impl RecordWriter {
    /// Begins a record with the number of its layout.
    pub(super) fn new(layout: u8, capacity: usize) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        bytes.push(layout);
        Self { bytes }
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.raw(&[u8::from(value)])
    }

    pub(super) fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Writes a text whose length was checked when it was parsed.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.length(text.len()).raw(text.as_bytes())
    }

    /// Writes whether there is a value, then the value.
    pub(super) fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        self.flag(value.is_some());
        match value {
            Some(value) => write(self, value),
            None => self,
        }
    }

    /// Writes prefixes: family (4 or 6), prefix length, address.
    pub(super) fn prefixes(&mut self, prefixes: &[IpNet]) -> &mut Self {
        self.length(prefixes.len());
        for prefix in prefixes {
            match prefix.addr() {
                IpAddr::V4(address) => self.raw(&[4, prefix.prefix_len()]).raw(&address.octets()),
                IpAddr::V6(address) => self.raw(&[6, prefix.prefix_len()]).raw(&address.octets()),
            };
        }
        self
    }

    pub(super) fn finish(&mut self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut self.bytes)
    }

    fn length(&mut self, length: usize) -> &mut Self {
        self.u16(u16::try_from(length).expect("the types of a record keep lists and texts short"))
    }
}

/// Reads a record; each method takes its value off the front.
pub(super) struct RecordReader<'a> {
    rest: &'a [u8],
}

impl<'a> RecordReader<'a> {
    /// Begins with a record that must have this layout.
    pub(super) fn new(bytes: &'a [u8], layout: u8) -> Result<Self, EncodingError> {
        match bytes.split_first() {
            Some((first, rest)) if *first == layout => Ok(Self { rest }),
            _ => Err(EncodingError),
        }
    }

    pub(super) fn flag(&mut self) -> Result<bool, EncodingError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(EncodingError),
        }
    }

    pub(super) fn u16(&mut self) -> Result<u16, EncodingError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, EncodingError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], EncodingError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(EncodingError)?;
        self.rest = rest;
        Ok(*array)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, EncodingError> {
        let length = usize::from(self.u16()?);
        let (text, rest) = self.rest.split_at_checked(length).ok_or(EncodingError)?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| EncodingError)
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, EncodingError>,
    ) -> Result<Option<T>, EncodingError> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads at most `limit` prefixes, each without host bits.
    pub(super) fn prefixes(&mut self, limit: usize) -> Result<Vec<IpNet>, EncodingError> {
        let count = usize::from(self.u16()?);
        if count > limit {
            return Err(EncodingError);
        }
        (0..count).map(|_| self.prefix()).collect()
    }

    fn prefix(&mut self) -> Result<IpNet, EncodingError> {
        let [family, length] = self.array()?;
        let address = match family {
            4 => IpAddr::from(self.array::<4>()?),
            6 => IpAddr::from(self.array::<16>()?),
            _ => return Err(EncodingError),
        };
        IpNet::new(address, length).map_err(|_| EncodingError)
    }

    /// Ends the record: nothing may follow.
    pub(super) fn finish(self) -> Result<(), EncodingError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(EncodingError)
        }
    }
}
