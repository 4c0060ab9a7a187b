//! DEFLATE with zlib's frame, as `java.util.zip` makes and reads it.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::sql::error::{SqlError, code, quoted};

/// How hard to look for repetitions: 0 to 9.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings(u32);

const DEFAULT: Settings = Settings(6);

impl Settings {
    /// Words and their numbers, of which H2 knows `level` and `strategy`.
    pub(super) fn read(options: &str) -> Result<Self, SqlError> {
        Self::known(options).ok_or_else(|| {
            let message = format!("Unsupported compression options: {}", quoted(options));
            SqlError::parse(code::COMPRESSION_OPTIONS, message)
        })
    }

    fn known(options: &str) -> Option<Self> {
        let mut words = options.split_ascii_whitespace();
        let (mut level, mut strategy) = (-1, 0);
        while let Some(word) = words.next() {
            match word {
                "level" | "l" => level = words.next()?.parse::<i32>().ok()?,
                "strategy" | "s" => strategy = words.next()?.parse::<i32>().ok()?,
                _ => {}
            }
            if !(-1..=9).contains(&level) || !(0..=2).contains(&strategy) {
                return None;
            }
        }
        // Java makes nothing at first where a strategy is set; H2 then takes the defaults for both.
        let level = if strategy == 0 { level } else { -1 };
        Some(u32::try_from(level).map_or(DEFAULT, Self))
    }
}

/// What is made of the data; nothing where it would be longer than they are.
pub(super) fn pack(data: &[u8], Settings(level): Settings) -> Option<Vec<u8>> {
    let mut packed = vec![0; data.len()];
    let mut deflate = Compress::new(Compression::new(level), true);
    let ended = deflate.compress(data, &mut packed, FlushCompress::Finish);
    if ended.ok()? != flate2::Status::StreamEnd {
        return None;
    }
    packed.truncate(usize::try_from(deflate.total_out()).ok()?);
    Some(packed)
}

/// The first `length` bytes of what was packed; nothing where there are fewer.
pub(super) fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut data = vec![0; length];
    let mut inflate = Decompress::new(true);
    inflate
        .decompress(packed, &mut data, FlushDecompress::None)
        .ok()?;
    let found = usize::try_from(inflate.total_out()).ok()?;
    (found == length).then_some(data)
}
