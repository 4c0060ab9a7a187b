//! Numbers that a seed repeats.

/// SplitMix64: small, and good enough to choose what goes wrong next.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
    numbers_only: bool,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            numbers_only: false,
        }
    }

    /// Whether keys are all of one type, as those of a table.
    pub(crate) fn with_numbers_only(self, numbers_only: bool) -> Self {
        Self {
            numbers_only,
            ..self
        }
    }

    pub(crate) fn numbers_only(&self) -> bool {
        self.numbers_only
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to `limit`, exclusively.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it is below a usize")
    }

    pub(crate) fn choose<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}
