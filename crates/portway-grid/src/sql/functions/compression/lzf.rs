//! LZF: runs of bytes as they are, and references to what came before.
//!
//! A control byte below 32 begins a run of so many bytes and one more. Others are references: the upper three bits are
//! their length less 2 (7: the next byte is added), the lower five and a further byte how far back
//! they reach, less one. Which references are found is a matter of the search; this one finds those
//! that H2 finds, so that the bytes are the same.

const LONGEST_RUN: usize = 32;
const FARTHEST: usize = 1 << 13;
const LONGEST_REFERENCE: usize = 264;
/// Positions of the last places at which three bytes with such a hash stood.
const PLACES: usize = 1 << 14;
/// The bytes at the end, at which no reference begins.
const END: usize = 4;

pub(super) fn pack(data: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(data.len() + data.len() / LONGEST_RUN + 1);
    let mut places = vec![0; PLACES];
    let mut run_start = 0;
    let mut at = 0;
    while at + END < data.len() {
        let earlier = std::mem::replace(&mut places[place(data, at)], at);
        let back = at.wrapping_sub(earlier).wrapping_sub(1);
        let repeats = earlier > 0
            && earlier < at
            && back < FARTHEST
            && data[earlier..earlier + 3] == data[at..at + 3];
        if !repeats {
            at += 1;
            continue;
        }
        push_runs(&mut packed, &data[run_start..at]);
        let length = repeated(data, earlier, at);
        push_reference(&mut packed, length - 2, back);
        // The last two bytes of the repetition are remembered, those before are not.
        at += length;
        for remembered in [at - 2, at - 1] {
            places[place(data, remembered)] = remembered;
        }
        run_start = at;
    }
    push_runs(&mut packed, &data[run_start..]);
    packed
}

/// The hash of three bytes, without the uppermost bit of the first.
fn place(data: &[u8], at: usize) -> usize {
    let bytes = u32::from_be_bytes([0, data[at], data[at + 1], data[at + 2]]);
    (bytes.wrapping_mul(2_777) >> 9) as usize & (PLACES - 1)
}

/// How many bytes are the same at both places, from three on.
fn repeated(data: &[u8], earlier: usize, at: usize) -> usize {
    let most = (data.len() - at - 2).min(LONGEST_REFERENCE);
    let mut length = 3;
    while length < most && data[earlier + length] == data[at + length] {
        length += 1;
    }
    length
}

fn push_runs(packed: &mut Vec<u8>, bytes: &[u8]) {
    for run in bytes.chunks(LONGEST_RUN) {
        packed.push(low_byte(run.len() - 1));
        packed.extend_from_slice(run);
    }
}

fn push_reference(packed: &mut Vec<u8>, length: usize, back: usize) {
    let upper = low_byte(back >> 8);
    match length {
        0..7 => packed.push(upper + low_byte(length << 5)),
        _ => packed.extend([upper + (7 << 5), low_byte(length - 7)]),
    }
    packed.push(low_byte(back));
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

/// The `length` bytes that were packed, which end with a run of bytes as they are.
pub(super) fn unpack(packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut packed = packed.iter().copied();
    let mut data = Vec::new();
    loop {
        let control = usize::from(packed.next()?);
        if control < LONGEST_RUN {
            if data.len() + control + 1 > length {
                return None;
            }
            for _ in 0..=control {
                data.push(packed.next()?);
            }
        } else {
            let mut repeated = control >> 5;
            if repeated == 7 {
                repeated += usize::from(packed.next()?);
            }
            repeated += 2;
            let back = ((control & 0x1F) << 8) + usize::from(packed.next()?) + 1;
            let start = data.len().checked_sub(back)?;
            if data.len() + repeated >= length {
                return None;
            }
            for from in start..start + repeated {
                data.push(data[from]);
            }
        }
        if data.len() >= length {
            return Some(data);
        }
    }
}
