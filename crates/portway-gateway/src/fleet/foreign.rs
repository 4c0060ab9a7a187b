//! Texts that anybody with access to the grid may have written.

use std::fmt::{self, Write as _};

/// Longer than any key or id of ours.
const MAX_SHOWN: usize = 64;

/// Shows a text that nobody vouches for: control characters are escaped, so that it cannot steer
/// a terminal or forge lines of a log, and what is longer than 64 characters is cut.
///
/// ```
/// use portway_gateway::fleet::ForeignText;
/// assert_eq!(ForeignText("a\x1b[2J").to_string(), "a\\u{1b}[2J");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ForeignText<'a>(pub &'a str);

impl fmt::Display for ForeignText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars().take(MAX_SHOWN).flat_map(char::escape_debug) {
            formatter.write_char(letter)?;
        }
        if self.0.chars().nth(MAX_SHOWN).is_some() {
            formatter.write_str("...")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_as_it_is_and_a_flood_is_cut() {
        let key = "37lVV5joVw8ks90Z69uC0ie9XYm00hEAZfkzxY1CDks=";
        assert_eq!(ForeignText(key).to_string(), key);
        assert_eq!(
            ForeignText(&"x".repeat(1000)).to_string(),
            "x".repeat(64) + "..."
        );
        assert_eq!(ForeignText("a\nfake").to_string(), "a\\nfake");
    }
}
