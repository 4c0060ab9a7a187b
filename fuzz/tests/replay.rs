//! Replays the committed corpus, each file as it is and with many small changes to it.

use std::{fs, path::Path};

use portway_fuzz::TARGETS;

/// Changed copies of each file; enough to leave the happy path in all directions, in seconds.
const MUTATIONS: u64 = 3_000;

#[test]
fn no_file_of_the_corpus_breaks_its_target() {
    for (name, target) in TARGETS {
        for (file, input) in corpus(name) {
            eprintln!("{name}/{file}");
            target(&input);
        }
    }
}

#[test]
fn no_small_change_to_the_corpus_breaks_its_target() {
    for (name, target) in TARGETS {
        for (file, input) in corpus(name) {
            for seed in 0..MUTATIONS {
                eprintln!("{name}/{file} with seed {seed}");
                target(&changed(&input, seed));
            }
        }
    }
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("each target has a corpus")
        .map(|entry| entry.expect("the corpus can be read").path())
        .collect();
    assert!(!files.is_empty(), "the corpus of {name} is empty");
    files.sort();
    let named = |path: std::path::PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let input = fs::read(&path).expect("a file of the corpus can be read");
        (name.unwrap_or_default(), input)
    };
    files.into_iter().map(named).collect()
}

/// Flips, cuts, doubles or overwrites a few places; the same seed makes the same change.
fn changed(input: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut output = input.to_vec();
    for _ in 0..=random.below(3) {
        if output.is_empty() {
            break;
        }
        let at = random.below(output.len());
        match random.below(5) {
            0 => output[at] ^= 1 << random.below(8),
            1 => output.truncate(at),
            2 => output[at] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)],
            3 => output.extend_from_within(at..),
            _ => overwrite_with_a_length(&mut output[at..], &mut random),
        }
    }
    output
}

/// Lengths are four bytes, little endian; the extremes are what decoders fall over.
fn overwrite_with_a_length(place: &mut [u8], random: &mut Random) {
    let lengths = [i32::MAX, i32::MIN, -1, 0, 1 << 24];
    let bytes = lengths[random.below(lengths.len())].to_le_bytes();
    for (old, new) in place.iter_mut().zip(bytes) {
        *old = new;
    }
}

/// xorshift64: its quality is beside the point, its repeatability is not.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("the remainder is below a usize")
    }
}
