//! Which files a package has on each platform.

use serde_json::json;

use super::{
    Architecture, Platform,
    archive::Entry,
    module::{ADDON, EXECUTABLE, Module},
};

/// What a package is made of.
pub(crate) struct Parts {
    pub(crate) platform: Platform,
    pub(crate) architecture: Architecture,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) executable: Vec<u8>,
    pub(crate) addon: Option<Vec<u8>>,
    /// Everything in one JavaScript file.
    pub(crate) is_single_file: bool,
}

impl Parts {
    /// The files at the root of the package: the module that exports `handler`, and the executable.
    pub(crate) fn entries(self) -> Vec<Entry> {
        if !self.platform.is_javascript() {
            return vec![self.executable("bootstrap")];
        }
        let module = Module {
            platform: self.platform,
            architecture: self.architecture,
            executable: &self.executable,
            has_addon: self.addon.is_some() && !self.is_single_file,
        };
        if self.is_single_file {
            return vec![Entry::text("index.mjs", module.with_executable())];
        }
        let mut entries = vec![
            Entry::text("index.mjs", module.beside_executable()),
            Entry::text("package.json", self.manifest()),
        ];
        entries.extend(self.of_platform());
        entries.extend(self.addon.clone().map(|bytes| Entry {
            path: ADDON.into(),
            bytes,
            is_executable: false,
        }));
        entries.push(self.executable(EXECUTABLE));
        entries
    }

    fn executable(self, path: &str) -> Entry {
        Entry {
            path: path.into(),
            bytes: self.executable,
            is_executable: true,
        }
    }

    fn manifest(&self) -> String {
        let manifest = json!({
            "name": self.name.to_lowercase(),
            "version": self.version,
            "private": true,
            "type": "module",
            "main": "index.mjs",
        });
        format!("{manifest:#}\n")
    }

    /// What only one platform wants.
    fn of_platform(&self) -> Option<Entry> {
        match self.platform {
            Platform::Genezio => Some(Entry::text(
                "genezio.yaml",
                genezio(&self.name, self.architecture),
            )),
            Platform::Vercel => Some(Entry::text(".vc-config.json", vercel(self.architecture))),
            _ => None,
        }
    }
}

/// Version 2 of the project file, as the CLI takes it: a function of type `aws` beside the file.
fn genezio(name: &str, architecture: Architecture) -> String {
    let name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    format!(
        "name: {name}\nregion: us-east-1\nyamlVersion: 2\nbackend:\n  path: .\n  language:\n    name: js\n    runtime: nodejs20.x\n    \
         architecture: {}\n    packageManager: npm\n  functions:\n    - name: {name}\n      path: .\n      entry: index.mjs\n      \
         handler: handler\n      type: aws\n",
        architecture.name()
    )
}

/// A function of the Build Output API, version 3.
fn vercel(architecture: Architecture) -> String {
    let configuration = json!({
        "runtime": "nodejs22.x",
        "handler": "index.mjs",
        "launcherType": "Nodejs",
        "shouldAddHelpers": false,
        "supportsResponseStreaming": true,
        "architecture": architecture.name(),
    });
    format!("{configuration:#}\n")
}
