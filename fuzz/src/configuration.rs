//! Configuration files of the data plane.

use portway_dataplane::config::{Configuration, Diagnostic, Source};

/// Whatever is found stands at a place of the text and can be drawn; what is accepted is consistent.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let source = Source::new("input", text);
    match Configuration::parse(&source, |interface| Some(interface.len() as u32)) {
        Ok(configuration) => {
            draw(&configuration.warnings, &source);
            check(&configuration);
        }
        Err(rejected) => draw(rejected.diagnostics(), &source),
    }
}

fn draw(found: &[Diagnostic], source: &Source) {
    for diagnostic in found.iter().take(10) {
        assert!(diagnostic.draw(source, false).contains("input:"));
    }
}

fn check(configuration: &Configuration) {
    let (lports, umems) = (&configuration.lports, &configuration.umems);
    for thread in &configuration.threads {
        assert!(thread.lports.iter().all(|lport| *lport < lports.len()));
        configuration.cores_of(thread);
    }
    for lport in lports {
        assert!(lport.region < umems[lport.umem].regions.len());
    }
}
