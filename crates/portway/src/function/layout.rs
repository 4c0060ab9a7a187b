//! Which files a package has on each platform.

use serde_json::json;

use super::{
    Architecture, Platform,
    archive::Entry,
    module::{ADDON, EXECUTABLE, Module},
};

/// Genezio's decorators, in the version that its CLI is tested with.
const GENEZIO_TYPES: &str = "1.0.20";

/// What Genezio's CLI does before it compiles classes.
const INSTALL: &str = "  scripts:\n    local: npm install --no-audit --no-fund\n    deploy: npm install --no-audit --no-fund\n";

/// The type of what classes call.
const CALL: &str = "export function call<T>(service: string, method: string, parameters: unknown[]): Promise<T>;\n";

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
        let mut manifest = json!({
            "name": self.name.to_lowercase(),
            "version": self.version,
            "private": true,
            "type": "module",
            "main": "index.mjs",
        });
        if !self.classes.is_empty() {
            manifest["dependencies"] = json!({ "@genezio/types": GENEZIO_TYPES });
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

    /// The project file, and a class for each JSON-RPC service.
    fn of_genezio(&self) -> Vec<Entry> {
        let has_classes = !self.classes.is_empty();
        let project = genezio(&self.name, self.architecture, has_classes);
        let mut entries = vec![Entry::text("genezio.yaml", project)];
        if has_classes {
            entries.push(Entry::text("index.d.mts", CALL));
        }
        let classes = self.classes.iter();
        entries.extend(classes.map(|(path, text)| Entry::text(path, text.as_str())));
        entries
    }
}

/// Version 2 of the project file, as the CLI takes it: a function of type `aws` for everything over HTTP. Classes it finds by itself; it
/// compiles them, and needs the package with their decorator for that.
fn genezio(name: &str, architecture: Architecture, has_classes: bool) -> String {
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
    let (language, scripts) = match has_classes {
        true => ("ts", INSTALL),
        false => ("js", ""),
    };
    format!(
        "name: {name}\nregion: us-east-1\nyamlVersion: 2\nbackend:\n  path: .\n  language:\n    name: {language}\n    runtime: nodejs20.x\n    \
         architecture: {}\n    packageManager: npm\n{scripts}  functions:\n    - name: {name}\n      path: .\n      entry: index.mjs\n      \
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
