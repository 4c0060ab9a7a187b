//! Configuration files.

use std::{fs::File, io::Read as _, path::Path};

use portway_dataplane::{
    config::{Configuration, Rejected, SOURCE_LIMIT, Severity, Source},
    machine::queue_count,
};

use crate::{
    failure::{Advise as _, Advised},
    output,
};

/// Reads a file that people wrote. Variables of the environment in it (`"${NAME}"`) are replaced.
///
/// # Errors
///
/// The system's reason, or a variable that is not set.
pub(super) fn read(path: &Path) -> Result<Source, Advised> {
    let name = path.display();
    let hint = "name a configuration file (JSON with comments)";
    let file = File::open(path).advise(format_args!("cannot open {name}"), hint)?;
    let mut text = String::new();
    // One byte more than is accepted, so that a longer file is told from one that just fits.
    let read = file.take(SOURCE_LIMIT as u64 + 1).read_to_string(&mut text);
    read.advise(format_args!("cannot read {name}"), hint)?;
    let value_of = |variable: &str| std::env::var(variable).ok();
    Source::with_variables(name.to_string(), text, value_of).map_err(|rejected| {
        output::remark(&rejected.draw(output::is_coloured(&std::io::stderr())));
        refusal(&rejected)
    })
}

/// Reads a configuration out of a text. What is wrong with it is drawn on stderr.
///
/// # Errors
///
/// It cannot be used.
pub(super) fn parse(source: &Source) -> Result<Configuration, Advised> {
    let colours = output::is_coloured(&std::io::stderr());
    match Configuration::parse(source, queue_count) {
        Ok(configuration) => {
            for warning in &configuration.warnings {
                output::remark(&warning.draw(source, colours));
            }
            Ok(configuration)
        }
        Err(rejected) => {
            output::remark(&rejected.draw(colours));
            Err(refusal(&rejected))
        }
    }
}

/// How a rejected file is told in one line.
pub(super) fn refusal(rejected: &Rejected) -> Advised {
    let name = rejected.text().name();
    let errors = rejected.diagnostics().iter();
    let count = errors
        .filter(|found| found.severity() == Severity::Error)
        .count();
    let message = format!("{name} cannot be used: {count} error(s)");
    Advised::failed(message, "each place says what is legal there")
}
