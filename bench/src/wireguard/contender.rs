//! The programs that are measured: ours and the others.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::report::PORTWAY;

/// A program that makes a WireGuard interface of a given name and stays in the foreground.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// As the table names it.
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Contender {
    /// Ours.
    pub(crate) fn portway(program: &Path) -> Self {
        Self {
            name: PORTWAY,
            program: program.to_owned(),
            arguments: &["wireguard", "--foreground"],
        }
    }

    /// The newest of the others, as `bench/peers` builds them.
    ///
    /// # Errors
    ///
    /// Fails unless all of them are there: a comparison with some of them would flatter.
    pub(crate) fn peers(folder: &Path) -> anyhow::Result<Vec<Self>> {
        let known: [(&str, &str, &[&str]); 3] = [
            ("wireguard-go", "wireguard", &["-f"]),
            (
                "boringtun",
                "boringtun-cli",
                &["-f", "--disable-drop-privileges"],
            ),
            (
                "gotatun",
                "gotatun",
                &["-f", "--disable-drop-privileges", "-v", "error"],
            ),
        ];
        known
            .into_iter()
            .map(|(name, file, arguments)| {
                let program = folder.join(file);
                ensure!(
                    program.exists(),
                    "{} is missing: run bench/peers",
                    program.display()
                );
                Ok(Self {
                    name,
                    program,
                    arguments,
                })
            })
            .collect()
    }

    /// The wireguard-go of the system, if it has one: old, and good enough to see the harness work.
    pub(crate) fn of_the_system() -> Option<Self> {
        let program = Path::new("/usr/bin/wireguard-go");
        program.exists().then(|| Self {
            name: "wireguard-go",
            program: program.to_owned(),
            arguments: &["-f"],
        })
    }

    /// The command line that makes `interface`.
    pub(crate) fn command(&self, interface: &str) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        let arguments = self.arguments.iter().map(|word| (*word).to_owned());
        std::iter::once(program)
            .chain(arguments)
            .chain([interface.to_owned()])
            .collect()
    }
}
