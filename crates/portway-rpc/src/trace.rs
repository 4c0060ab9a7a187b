//! The place of a call in a distributed trace: W3C Trace Context.

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    str::FromStr,
};

use thiserror::Error;

/// The name of the metadata entry, on every transport.
pub const TRACEPARENT: &str = "traceparent";

/// A `traceparent`: which trace a call belongs to, and which span it comes from.
///
/// Source: W3C Trace Context, version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

/// A text that is no `traceparent`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a traceparent looks like 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, no part all zeros"
)]
pub struct TraceParentError;

impl TraceParent {
    /// Makes one of its parts; nothing if `trace` or `span` is zero, which the standard forbids.
    pub fn new(trace: u128, span: u64, sampled: bool) -> Option<Self> {
        (trace != 0 && span != 0).then_some(Self {
            trace,
            span,
            flags: u8::from(sampled),
        })
    }

    /// Starts a new trace.
    pub fn start(sampled: bool) -> Self {
        let trace = u128::from(random()) << 64 | u128::from(random());
        Self {
            trace,
            span: random(),
            flags: u8::from(sampled),
        }
    }

    /// Returns the same trace with a new span, for a call that this one makes.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span: random(),
            ..self
        }
    }

    /// Returns the number of the trace.
    pub fn trace(self) -> u128 {
        self.trace
    }

    /// Returns the number of the span.
    pub fn span(self) -> u64 {
        self.span
    }

    /// Tells whether the caller records this trace.
    pub fn is_sampled(self) -> bool {
        self.flags & 1 == 1
    }
}

/// Returns a number that is not zero; unique rather than secret.
fn random() -> u64 {
    RandomState::new().build_hasher().finish().max(1)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace, self.span, self.flags
        )
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let mut parts = text.splitn(5, '-');
        let mut part = |length: usize| {
            let digits = parts.next().filter(|digits| digits.len() == length)?;
            let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            digits
                .bytes()
                .all(lower)
                .then(|| u128::from_str_radix(digits, 16).ok())?
        };
        let (version, trace) = (part(2), part(32));
        let (span, flags) = (part(16), part(2));
        let later = parts.next().is_some();
        match (version, trace, span, flags) {
            // Version 255 is forbidden; version 0 ends here, later ones may go on.
            (Some(version), Some(trace), Some(span), Some(flags))
                if version != 0xff && trace != 0 && span != 0 && (version > 0 || !later) =>
            {
                let span = u64::try_from(span).map_err(|_| TraceParentError)?;
                let flags = u8::try_from(flags).map_err(|_| TraceParentError)?;
                Ok(Self { trace, span, flags })
            }
            _ => Err(TraceParentError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_comes_back() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let parent: TraceParent = text.parse().unwrap();
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), text);
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        for text in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(TraceParentError), "{text}");
        }
    }

    #[test]
    fn a_child_stays_in_the_trace_with_a_span_of_its_own() {
        let parent = TraceParent::start(true);
        let child = parent.child();
        assert_eq!(child.trace(), parent.trace());
        assert_ne!(child.span(), parent.span());
    }
}
