//! The example files.

use std::{collections::BTreeMap, fs, path::Path};

use portway_dataplane::config::{Mode, Source};

use super::parse_as;

/// Each example with its mode.
fn examples() -> BTreeMap<String, Option<Mode>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|found| found == "jsonc"));
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let value =
                |variable: &str| (variable == "AFXDP_DEVICES_PORTWAY").then(|| "ens1".into());
            let source = Source::with_variables(&name, text, value).unwrap();
            let configuration = parse_as(&name, source.text());
            let configuration = configuration.unwrap_or_else(|rejected| panic!("{rejected}"));
            assert_eq!(configuration.warnings, [], "{name}");
            (name, configuration.options.mode)
        })
        .collect()
}

#[test]
fn every_mode_has_an_example_of_its_name_without_warnings() {
    let examples = examples();
    for mode in [
        Mode::Drop,
        Mode::TransmitOnly,
        Mode::TransmitOnlyReceive,
        Mode::Loopback,
        Mode::Forward,
        Mode::Route,
        Mode::AclStrict,
        Mode::AclPermissive,
        Mode::Pattern,
        Mode::Echo,
        Mode::Capture,
        Mode::Replay,
    ] {
        assert_eq!(examples.get(mode.name()), Some(&Some(mode)), "{mode}");
    }
}
