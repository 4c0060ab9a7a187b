//! Which files a package has on each platform.

use serde_json::json;

use super::{
    Architecture, Platform,
    archive::Entry,
    genezio,
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
    /// Classes for Genezio's command line: names of files and their texts.
    pub(crate) classes: Vec<(String, String)>,
    /// Everything in one JavaScript file.
    pub(crate) is_single_file: bool,
    /// Its folder in a project of several programs.
    pub(crate) folder: Option<String>,
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
            folder: self.folder.as_deref(),
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
        let mut manifest = json!({
            "name": self.name.to_lowercase(),
            "version": self.version,
            "private": true,
            "type": "module",
            "main": "index.mjs",
        });
        if !self.classes.is_empty() {
            manifest["dependencies"] = genezio::dependencies();
        }
        format!("{manifest:#}\n")
    }

    /// What only one platform wants.
    fn of_platform(&self) -> Vec<Entry> {
        match self.platform {
            Platform::Genezio => self.of_genezio(),
            Platform::Vercel => vec![Entry::text(".vc-config.json", vercel(self.architecture))],
            _ => Vec::new(),
        }
    }

    /// The project file, unless it is that of several programs, and a class for each JSON-RPC service.
    fn of_genezio(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.folder.is_none() {
            let file = genezio::project_file(&self.name, self.architecture, &[self]);
            entries.push(Entry::text("genezio.yaml", file));
        }
        if !self.classes.is_empty() {
            entries.push(Entry::text("index.d.mts", genezio::CALL));
        }
        let classes = self.classes.iter();
        entries.extend(classes.map(|(path, text)| Entry::text(path, text.as_str())));
        entries
    }
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
