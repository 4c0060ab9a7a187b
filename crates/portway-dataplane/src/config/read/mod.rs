//! From text to a checked configuration.

mod consistency;
mod core_groups;
mod defaults;
mod drivers;
mod entries;
mod keys;
mod lport_groups;
mod lports;
mod matches;
mod options;
mod ranges;
mod report;
mod sections;
mod threads;
mod umems;
mod words;

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, Value},
    common::Ranged as _,
    errors::ParseError,
    parse_to_ast,
};

pub(super) use keys::{Expected, Key};
pub(super) use sections::{Content, SECTIONS};

use super::{Configuration, Diagnostic, Rejected, SOURCE_LIMIT, Source, Span};
use report::{Report, span};
use sections::Sections;

/// How many receive queues an interface of this machine has; none, if there is no such interface.
pub(super) type QueueCount<'a> = &'a dyn Fn(&str) -> Option<u32>;

/// Comments and trailing commas are what JSON-C adds to JSON.
const FORM: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a configuration.
pub(super) fn parse(
    source: &Source,
    queue_count: QueueCount<'_>,
) -> Result<Configuration, Rejected> {
    if source.text().len() > SOURCE_LIMIT {
        let message = format!("the file is longer than {} MiB", SOURCE_LIMIT >> 20);
        return Err(reject(source, Diagnostic::error(Span::default(), message)));
    }
    let parsed = parse_to_ast(source.text(), &CollectOptions::default(), &FORM);
    let parsed = parsed.map_err(|error| reject(source, malformed(&error)))?;
    match &parsed.value {
        Some(Value::Object(root)) => check(source, root, queue_count),
        Some(other) => Err(reject(source, not_an_object(span(other)))),
        None => Err(reject(source, not_an_object(Span::default()))),
    }
}

fn check(
    source: &Source,
    root: &Object<'_>,
    queue_count: QueueCount<'_>,
) -> Result<Configuration, Rejected> {
    let mut report = Report::new(source);
    let sections = Sections::read(root, &mut report);
    let mut configuration = sections.configuration(queue_count, &mut report);
    let (diagnostics, failed) = report.finish();
    if failed {
        return Err(Rejected::new(source, diagnostics));
    }
    configuration.warnings = diagnostics;
    Ok(configuration)
}

fn reject(source: &Source, diagnostic: Diagnostic) -> Rejected {
    Rejected::new(source, vec![diagnostic])
}

fn malformed(error: &ParseError) -> Diagnostic {
    let kind = error.kind().to_string();
    let lower = kind[..1].to_ascii_lowercase() + &kind[1..];
    let place = Span::from(error.range().start()..error.range().end());
    Diagnostic::error(place, format!("this is not JSON with comments: {lower}"))
}

fn not_an_object(place: Span) -> Diagnostic {
    Diagnostic::error(place, "a configuration is an object: `{ … }`")
}
