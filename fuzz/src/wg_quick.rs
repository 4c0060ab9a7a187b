//! The parser of wg-quick files.

use portway_gateway::TunnelFile;

/// A file that was understood must say the same after it was printed and read again.
pub fn wg_quick(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(file) = text.parse::<TunnelFile>() else {
        return;
    };
    let printed = file.to_text();
    let again = printed
        .parse::<TunnelFile>()
        .expect("what we print can be read");
    assert_eq!(again.to_text(), printed, "a file survives being printed");
}
