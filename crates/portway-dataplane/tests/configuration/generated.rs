//! What holds for every text.

use portway_dataplane::config::{Diagnostic, Severity, Source};
use proptest::prelude::*;

use super::parse;

const WHOLE: &str = include_str!("whole.jsonc");

/// A finding has a place in the text and can be drawn.
fn check(found: &[Diagnostic], text: &str) {
    let source = Source::new("test.jsonc", text);
    for diagnostic in found {
        let span = diagnostic.span();
        assert!(
            span.start <= span.end && span.end <= text.len(),
            "{diagnostic:?}"
        );
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        assert!(diagnostic.draw(&source, false).contains("test.jsonc:"));
    }
}

fn read(text: &str) {
    match parse(text) {
        Ok(configuration) => {
            check(&configuration.warnings, text);
            let lports = configuration.lports.len();
            for thread in &configuration.threads {
                assert!(thread.lports.iter().all(|lport| *lport < lports));
            }
            for lport in &configuration.lports {
                let umem = &configuration.umems[lport.umem];
                assert!(lport.region < umem.regions.len());
                assert!(umem.regions.iter().sum::<usize>() <= umem.buffers);
            }
        }
        Err(rejected) => {
            check(rejected.diagnostics(), text);
            let is_error = |found: &Diagnostic| found.severity() == Severity::Error;
            assert!(rejected.diagnostics().iter().any(is_error));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused_with_a_place(
        at in 0..WHOLE.len(),
        length in 0..40_usize,
        instead in prop_oneof![Just(""), Just("0"), Just("\""), Just("}"), Just("99999999999"), Just("ü"), Just("null")],
    ) {
        let end = (at + length).min(WHOLE.len());
        read(&[&WHOLE[..at], instead, &WHOLE[end..]].concat());
    }

    /// One value of the file replaced by another one of any kind.
    #[test]
    fn a_file_with_another_value_is_read_or_refused_with_a_place(
        which in 0..200_usize,
        value in prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            any::<bool>().prop_map(|flag| flag.to_string()),
            "[a-z0-9:/,._-]{0,20}".prop_map(|text| format!("\"{text}\"")),
            Just("null".to_owned()),
            Just("[]".to_owned()),
            Just("{}".to_owned()),
            Just("[[1], {\"a\": 2}]".to_owned()),
        ],
    ) {
        let places: Vec<usize> = WHOLE.match_indices("\": ").map(|(at, _)| at + 3).collect();
        let start = places[which % places.len()];
        let rest = &WHOLE[start..];
        let end = rest.find([',', '}', '\n']).map_or(WHOLE.len(), |end| start + end);
        read(&[&WHOLE[..start], &value, &WHOLE[end..]].concat());
    }

    #[test]
    fn whole_units_come_out_multiplied(buffers in 1..=65_536_usize, size in 2..=4_usize, ring in 0..=6_u32) {
        let text = format!(
            r#"{{ "umems": {{ "u": {{ "bufcnt": {buffers}, "bufsz": {size}, "rxdesc": {} }} }} }}"#,
            1 << ring
        );
        let configuration = parse(&text).unwrap();
        let umem = &configuration.umems[0];
        prop_assert_eq!(umem.buffers, buffers << 10);
        prop_assert_eq!(umem.buffer_size, size << 10);
        prop_assert_eq!(umem.receive_ring, 1024 << ring);
    }
}
