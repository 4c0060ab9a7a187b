//! What is defined in which file.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};
use thiserror::Error;

/// Bytes that are no `FileDescriptorSet`.
#[derive(Clone, Debug, Error)]
#[error("these bytes are no FileDescriptorSet: give the file that portway-rpc-build writes")]
pub struct DescriptorError {
    #[from]
    source: prost::DecodeError,
}

/// A `FileDescriptorSet` whose files are left as they are, options that we do not know included.
#[derive(Clone, PartialEq, prost::Message)]
struct Files {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    file: Vec<Bytes>,
}

/// What is defined in which file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    files: HashMap<String, File>,
    /// The name of the file that defines a symbol.
    symbols: HashMap<String, String>,
    /// The names of the files that define extensions, by type and number.
    extensions: HashMap<String, HashMap<i32, String>>,
}

#[derive(Clone, Debug)]
struct File {
    encoded: Bytes,
    imports: Vec<String>,
}

impl Index {
    /// Adds a `FileDescriptorSet`; a file that is known already stays as it is.
    pub(crate) fn add(&mut self, set: &[u8]) -> Result<(), DescriptorError> {
        for encoded in Files::decode(set)?.file {
            let file = FileDescriptorProto::decode(encoded.clone())?;
            if !self.files.contains_key(file.name()) {
                self.add_file(&file, encoded);
            }
        }
        Ok(())
    }

    fn add_file(&mut self, file: &FileDescriptorProto, encoded: Bytes) {
        let mut walk = Walk {
            file: file.name(),
            index: self,
        };
        walk.file(file);
        let imports = file.dependency.clone();
        self.files
            .insert(file.name().to_owned(), File { encoded, imports });
    }

    pub(crate) fn file_of_symbol(&self, symbol: &str) -> Option<&str> {
        let symbol = symbol.trim_start_matches('.');
        self.symbols.get(symbol).map(String::as_str)
    }

    pub(crate) fn file_of_extension(&self, extended: &str, number: i32) -> Option<&str> {
        self.extensions
            .get(extended.trim_start_matches('.'))?
            .get(&number)
            .map(String::as_str)
    }

    /// Returns the numbers of all extensions of a type; nothing if there is no such type.
    pub(crate) fn extension_numbers(&self, extended: &str) -> Option<Vec<i32>> {
        let extended = extended.trim_start_matches('.');
        let known = self.symbols.contains_key(extended);
        let numbers = self.extensions.get(extended);
        let mut numbers: Vec<i32> = match numbers {
            Some(numbers) => numbers.keys().copied().collect(),
            None if known => Vec::new(),
            None => return None,
        };
        numbers.sort_unstable();
        Some(numbers)
    }

    /// Returns a file with all that it imports, the file itself first.
    pub(crate) fn with_imports(&self, name: &str) -> Option<Vec<Bytes>> {
        let mut files = vec![self.files.get(name)?];
        let mut seen = BTreeSet::from([name]);
        let mut next = 0;
        while let Some(file) = files.get(next).copied() {
            for import in &file.imports {
                if let Some(file) = self.files.get(import)
                    && seen.insert(import)
                {
                    files.push(file);
                }
            }
            next += 1;
        }
        Some(files.into_iter().map(|file| file.encoded.clone()).collect())
    }
}

/// Finds the symbols of one file.
struct Walk<'a> {
    file: &'a str,
    index: &'a mut Index,
}

impl Walk<'_> {
    fn file(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        for service in &file.service {
            let name = self.symbol(package, service.name());
            for method in &service.method {
                self.symbol(&name, method.name());
            }
        }
        self.messages(package, &file.message_type);
        self.enumerations(package, &file.enum_type);
        self.extensions(package, &file.extension);
    }

    fn messages(&mut self, scope: &str, messages: &[DescriptorProto]) {
        for message in messages {
            let name = self.symbol(scope, message.name());
            for field in &message.field {
                self.symbol(&name, field.name());
            }
            for choice in &message.oneof_decl {
                self.symbol(&name, choice.name());
            }
            self.messages(&name, &message.nested_type);
            self.enumerations(&name, &message.enum_type);
            self.extensions(&name, &message.extension);
        }
    }

    /// The values of an enumeration are named beside it, not within it.
    fn enumerations(&mut self, scope: &str, enumerations: &[EnumDescriptorProto]) {
        for enumeration in enumerations {
            self.symbol(scope, enumeration.name());
            for value in &enumeration.value {
                self.symbol(scope, value.name());
            }
        }
    }

    fn extensions(&mut self, scope: &str, extensions: &[FieldDescriptorProto]) {
        for extension in extensions {
            self.symbol(scope, extension.name());
            let extended = extension.extendee().trim_start_matches('.').to_owned();
            let numbers = self.index.extensions.entry(extended).or_default();
            numbers.insert(extension.number(), self.file.to_owned());
        }
    }

    /// Adds a symbol; returns its whole name.
    fn symbol(&mut self, scope: &str, name: &str) -> String {
        let name = match scope {
            "" => name.to_owned(),
            _ => format!("{scope}.{name}"),
        };
        let symbols = &mut self.index.symbols;
        symbols.insert(name.clone(), self.file.to_owned());
        name
    }
}
