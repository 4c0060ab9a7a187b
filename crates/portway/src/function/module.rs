//! The JavaScript module of a package.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest;
use serde_json::json;

use super::{Architecture, Platform};

const MODULE: &str = include_str!("package/index.mjs");

/// The line of the module that the packager fills in.
const PLACE: &str = "{ /* filled in by the packager */ }";

/// The name of the executable in a package.
pub(crate) const EXECUTABLE: &str = "function";

/// The name of the add-on in a package.
pub(crate) const ADDON: &str = "execve.node";

/// What the module says of its package.
pub(crate) struct Module<'a> {
    pub(crate) platform: Platform,
    pub(crate) architecture: Architecture,
    pub(crate) executable: &'a [u8],
    pub(crate) has_addon: bool,
    /// Its folder in a project of several programs.
    pub(crate) folder: Option<&'a str>,
}

impl Module<'_> {
    /// The module for an executable that is a file beside it.
    pub(crate) fn beside_executable(&self) -> String {
        self.filled_in(Some(EXECUTABLE))
    }

    /// The module with the executable in it, as a comment at its end. It stands in a function, whose text the module can ask for: it
    /// need not read its own file once more.
    pub(crate) fn with_executable(&self) -> String {
        let mut text = self.filled_in(None);
        // Node skips a comment of this kind in less time than one to the end of the line.
        text.push_str("function payload() {/*");
        STANDARD.encode_string(self.executable, &mut text);
        text.push_str("*/}\n");
        text
    }

    fn filled_in(&self, executable: Option<&str>) -> String {
        let hash = digest::digest(&digest::SHA256, self.executable);
        let hash: String = hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let package = json!({
            "executable": executable,
            "folder": self.folder,
            "architecture": self.architecture.in_node(),
            "size": self.executable.len(),
            "sha256": hash,
            "crc32": crc32fast::hash(self.executable),
            "addon": self.has_addon.then_some(ADDON),
            "takeOver": self.platform.takes_over(),
            "addressHeader": self.platform.address_header(),
        });
        MODULE.replacen(PLACE, &package.to_string(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_has_one_place_to_fill_in() {
        assert_eq!(MODULE.matches(PLACE).count(), 1);
        assert!(
            MODULE.ends_with('\n'),
            "the payload begins on a line of its own"
        );
    }
}
