//! `portway net check`: what a configuration would do here, and what is missing for it.

use portway_dataplane::{
    config::{Configuration, Diagnostic, Severity, Source},
    machine::{self, Lack, Plan, queue_count},
};
use serde::Serialize;

use super::{CheckArguments, file};
use crate::{failure::Advised, output};

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    file: &'a str,
    regions: Vec<RegionReport<'a>>,
    ports: Vec<PortReport<'a>>,
    threads: Vec<ThreadReport<'a>>,
    lacks: Vec<LackReport<'a>>,
    notes: Vec<LackReport<'a>>,
    errors: Vec<FindingReport<'a>>,
    warnings: Vec<FindingReport<'a>>,
}

#[derive(Serialize)]
struct RegionReport<'a> {
    name: &'a str,
    buffers: usize,
    buffer_size: usize,
    pages: &'a str,
}

#[derive(Serialize)]
struct PortReport<'a> {
    name: &'a str,
    how: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
struct ThreadReport<'a> {
    name: &'a str,
    mode: Option<&'a str>,
    lports: &'a [String],
    cores: Option<&'a [usize]>,
}

#[derive(Serialize)]
struct LackReport<'a> {
    names: &'a [String],
    line: usize,
    column: usize,
    problem: &'a str,
    remedy: &'a str,
}

#[derive(Serialize)]
struct FindingReport<'a> {
    line: usize,
    column: usize,
    key: &'a str,
    message: &'a str,
    legal: &'a str,
    help: Option<&'a str>,
}

/// Checks a file.
///
/// # Errors
///
/// The file cannot be used, or the machine lacks something.
pub(super) fn run(arguments: &CheckArguments) -> anyhow::Result<()> {
    let source = file::read(&arguments.file)?;
    if arguments.json {
        return run_for_programs(&source);
    }
    let configuration = file::parse(&source)?;
    let plan = machine::check(&configuration);
    output::print_line(&text(&plan))?;
    verdict(&source, &plan)
}

fn run_for_programs(source: &Source) -> anyhow::Result<()> {
    match Configuration::parse(source, queue_count) {
        Ok(configuration) => {
            let plan = machine::check(&configuration);
            output::print_json(&report(source, &plan, &configuration.warnings))?;
            verdict(source, &plan)
        }
        Err(rejected) => {
            output::print_json(&report(source, &Plan::default(), rejected.diagnostics()))?;
            Err(file::refusal(&rejected).into())
        }
    }
}

fn verdict(source: &Source, plan: &Plan) -> anyhow::Result<()> {
    if plan.is_possible() {
        return Ok(());
    }
    let (count, name) = (plan.lacks.len(), source.name());
    let message = format!("this machine lacks {count} thing(s) for {name}");
    Err(Advised::failed(
        message,
        "do what the lines with `lacks` say, then check again",
    )
    .into())
}

/// The plan for people: a line for each thing.
fn text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for region in &plan.regions {
        let (buffers, size, pages) = (region.buffers, region.buffer_size, region.pages);
        let mebibytes = (buffers * size) >> 20;
        let what = format!("{buffers} buffers of {size} bytes, {mebibytes} MiB in {pages} pages");
        lines.push(line("region", &region.name, &what));
    }
    for port in &plan.ports {
        let what = format!("{}; memory: {}", port.how, port.region);
        lines.push(line("port", &port.name, &what));
    }
    for thread in &plan.threads {
        let mode = thread.mode.map_or("no mode", |mode| mode.name());
        let cores = thread.cores.as_deref();
        let cores = cores.map_or("any processor".to_owned(), |cores| {
            format!("processors {}", machine::ranges(cores))
        });
        let what = format!("{mode} on {}; {cores}", thread.lports.join(", "));
        lines.push(line("thread", &thread.name, &what));
    }
    lines.extend(plan.notes.iter().map(|note| finding("note", note)));
    lines.extend(plan.lacks.iter().map(|lack| finding("lacks", lack)));
    lines.join("\n")
}

fn line(kind: &str, name: &str, what: &str) -> String {
    format!("{kind:<6}  {name:<12}  {what}")
}

fn finding(kind: &str, found: &Lack) -> String {
    let what = format!("{}\n        mend: {}", found.problem, found.remedy);
    line(kind, &found.names.join(", "), &what)
}

fn report<'a>(source: &'a Source, plan: &'a Plan, found: &'a [Diagnostic]) -> Report<'a> {
    let of = |severity| {
        let matching = found
            .iter()
            .filter(move |found| found.severity() == severity);
        matching
            .map(|found| finding_report(source, found))
            .collect::<Vec<_>>()
    };
    let errors = of(Severity::Error);
    Report {
        ok: errors.is_empty() && plan.is_possible(),
        file: source.name(),
        regions: plan
            .regions
            .iter()
            .map(|region| RegionReport {
                name: &region.name,
                buffers: region.buffers,
                buffer_size: region.buffer_size,
                pages: region.pages,
            })
            .collect(),
        ports: plan
            .ports
            .iter()
            .map(|port| PortReport {
                name: &port.name,
                how: &port.how,
                region: &port.region,
            })
            .collect(),
        threads: plan
            .threads
            .iter()
            .map(|thread| ThreadReport {
                name: &thread.name,
                mode: thread.mode.map(|mode| mode.name()),
                lports: &thread.lports,
                cores: thread.cores.as_deref(),
            })
            .collect(),
        lacks: plan
            .lacks
            .iter()
            .map(|lack| lack_report(source, lack))
            .collect(),
        notes: plan
            .notes
            .iter()
            .map(|note| lack_report(source, note))
            .collect(),
        errors,
        warnings: of(Severity::Warning),
    }
}

fn lack_report<'a>(source: &Source, lack: &'a Lack) -> LackReport<'a> {
    let (line, column) = source.line_and_column(lack.span);
    LackReport {
        names: &lack.names,
        line,
        column,
        problem: &lack.problem,
        remedy: &lack.remedy,
    }
}

fn finding_report<'a>(source: &Source, found: &'a Diagnostic) -> FindingReport<'a> {
    let (line, column) = source.line_and_column(found.span());
    FindingReport {
        line,
        column,
        key: found.key(),
        message: found.message(),
        legal: found.label(),
        help: found.help(),
    }
}
