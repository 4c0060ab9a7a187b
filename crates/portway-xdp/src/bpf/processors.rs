//! How many values a per-processor map has.

use std::io;

/// The number of processors that may ever run in this machine, as the kernel counts them.
///
/// The kernel writes one value for each of them on a look-up, so this number is a matter of memory safety: it comes
/// from the kernel alone and cannot be made otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PossibleProcessors(usize);

/// Where the kernel lists them, as in `0-3` or `0,2-5`.
const LIST: &str = "/sys/devices/system/cpu/possible";

impl PossibleProcessors {
    /// Asks the kernel.
    pub(crate) fn count() -> io::Result<Self> {
        let list = std::fs::read_to_string(LIST)?;
        parse(list.trim())
            .map(Self)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{LIST}: {list:?}")))
    }

    pub(super) fn get(self) -> usize {
        self.0
    }
}

fn parse(list: &str) -> Option<usize> {
    list.split(',').try_fold(0_usize, |count, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        count.checked_add(last.checked_sub(first)?.checked_add(1)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_processors_are_counted() {
        assert_eq!(parse("0"), Some(1));
        assert_eq!(parse("0-3"), Some(4));
        assert_eq!(parse("0,2-5,9"), Some(6));
    }

    #[test]
    fn a_list_that_makes_no_sense_is_refused() {
        for list in ["", "a", "3-1", "0-", "0-18446744073709551615,1"] {
            assert_eq!(parse(list), None, "{list}");
        }
    }
}
