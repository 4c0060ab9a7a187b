//! Payloads told apart by regular expressions (`pattern`, `hyperscan`).

use std::{fmt, str::FromStr, sync::Arc};

use portway_xdp::{Burst, Frame};
use regex_automata::{
    Input, MatchKind,
    meta::{BuildError, Cache, Config, Regex},
    util::syntax,
};

use super::{Arrival, DiscardReason, Mode, Outputs};
use crate::Packet;

/// Bytes that the compiled patterns may take before they are refused.
const MOST_MEMORY: usize = 64 << 20;
/// Bytes of the cache that each thread searches with.
const SEARCH_CACHE: usize = 4 << 20;

/// The bit of a pattern's number that says: discard.
const DISCARD: u32 = 1 << 31;

/// What becomes of a packet in whose payload a pattern is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatternAction {
    /// It is sent out of this port, with its Ethernet addresses as they are.
    Send(usize),
    /// It is discarded.
    Discard,
}

/// A pattern: `NUMBER:/EXPRESSION/FLAGS`, as in CNDP's `hs-patterns`. Bits 16 to 23 of the number are the index of a
/// port, bit 31 says to discard. Flags: `i` any case, `s` a dot is any byte, `m` lines, `x` spaces do not count, `8` UTF-8;
/// `H` and `O` say nothing here.
///
/// ```
/// use portway_dataplane::{PatternAction, PatternRule};
///
/// let rule: PatternRule = "0x10001:/^GET /i".parse()?;
/// assert_eq!(rule.action, PatternAction::Send(1));
/// # Ok::<(), portway_dataplane::PatternError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PatternRule {
    /// What becomes of a packet.
    pub action: PatternAction,
    /// In the syntax of the crate `regex`, with its flags in front.
    expression: String,
}

/// Why patterns cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// A text is no pattern.
    #[error(
        "{text:?} is no pattern: {problem}; write `NUMBER:/EXPRESSION/FLAGS`, as `65536:/^GET /i`"
    )]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The expressions cannot be compiled, or are too large together.
    #[error("the patterns cannot be compiled: {message}")]
    Compile {
        /// What the compiler says, with the expression.
        message: String,
        /// Its error.
        source: Box<BuildError>,
    },
}

impl FromStr for PatternRule {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let rule = parse(text).map_err(|problem| PatternError::Syntax {
            text: text.to_owned(),
            problem,
        })?;
        // So that the rule to blame is named.
        Patterns::new(std::slice::from_ref(&rule)).map(|_| rule)
    }
}

impl fmt::Display for PatternRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = match self.action {
            PatternAction::Send(port) => port << 16,
            PatternAction::Discard => DISCARD as usize,
        };
        write!(formatter, "{number:#x}:/{}/", self.expression)
    }
}

fn parse(text: &str) -> Result<PatternRule, &'static str> {
    let (number, rest) = text.split_once(':').ok_or("it has no number")?;
    let number = parse_number(number.trim()).ok_or("its number is none of 32 bits")?;
    let rest = rest
        .trim()
        .strip_prefix('/')
        .ok_or("its expression does not begin with `/`")?;
    let (expression, flags) = rest
        .rsplit_once('/')
        .ok_or("its expression does not end with `/`")?;
    let action = if number & DISCARD != 0 {
        PatternAction::Discard
    } else {
        PatternAction::Send((number >> 16) as usize & 0xFF)
    };
    Ok(PatternRule {
        action,
        expression: format!("(?{}:{expression})", parse_flags(flags)?),
    })
}

fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The flags of the crate `regex` that say the same.
fn parse_flags(flags: &str) -> Result<String, &'static str> {
    // Bytes that are no UTF-8 match too, unless the flag 8 is given.
    let unicode = if flags.contains('8') { "" } else { "-u" };
    let mut set = String::new();
    for flag in flags.chars() {
        match flag {
            'i' | 's' | 'm' | 'x' if !set.contains(flag) => set.push(flag),
            'i' | 's' | 'm' | 'x' | '8' | 'H' | 'O' => {}
            _ => return Err("it has a flag other than i, s, m, x, 8, H and O"),
        }
    }
    Ok(set + unicode)
}

/// Compiled patterns, shared by all ports.
#[derive(Debug)]
pub struct Patterns {
    regex: Regex,
    actions: Vec<PatternAction>,
}

impl Patterns {
    /// Compiles them together.
    ///
    /// # Errors
    ///
    /// An expression has no meaning, or together they take more than 64 MB.
    pub fn new(rules: &[PatternRule]) -> Result<Self, PatternError> {
        let expressions: Vec<_> = rules.iter().map(|rule| rule.expression.as_str()).collect();
        let configuration = Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .utf8_empty(false)
            .nfa_size_limit(Some(MOST_MEMORY))
            .hybrid_cache_capacity(SEARCH_CACHE);
        let regex = Regex::builder()
            .configure(configuration)
            .syntax(syntax::Config::new().utf8(false))
            .build_many(&expressions)
            .map_err(|source| PatternError::Compile {
                message: explain(&source),
                source: Box::new(source),
            })?;
        let actions = rules.iter().map(|rule| rule.action).collect();
        Ok(Self { regex, actions })
    }
}

fn explain(error: &BuildError) -> String {
    match (error.syntax_error(), error.size_limit()) {
        (Some(error), _) => error.to_string(),
        (None, Some(limit)) => format!("together they take more than {limit} bytes"),
        (None, None) => error.to_string(),
    }
}

/// Sends each packet to the port of the pattern in its payload. Of several the one that begins first counts, of those the
/// first of the list. What has none is discarded.
///
/// Searching takes a time that is bounded by the length of the payload, whatever the pattern.
#[derive(Debug)]
pub struct PatternClassifier {
    patterns: Arc<Patterns>,
    cache: Cache,
}

impl PatternClassifier {
    /// Searches for these patterns.
    pub fn new(patterns: Arc<Patterns>) -> Self {
        let cache = patterns.regex.create_cache();
        Self { patterns, cache }
    }

    fn judge(&mut self, frame: &mut Frame) -> Result<usize, DiscardReason> {
        let packet = Packet::ethernet(frame)?;
        let payload = Input::new(packet.payload());
        let found = self.patterns.regex.search_with(&mut self.cache, &payload);
        match found.map(|found| self.patterns.actions[found.pattern()]) {
            Some(PatternAction::Send(port)) => Ok(port),
            Some(PatternAction::Discard) => Err(DiscardReason::PatternDrops),
            None => Err(DiscardReason::NoPattern),
        }
    }
}

impl Mode for PatternClassifier {
    fn name(&self) -> &'static str {
        "pattern"
    }

    fn handle(&mut self, burst: &mut Burst, _: Arrival, outputs: &mut Outputs) {
        outputs.discard_divided(burst);
        for mut frame in burst.drain(burst.len()) {
            match self.judge(&mut frame) {
                Ok(port) => outputs.send(port, frame),
                Err(reason) => outputs.discard(frame, reason),
            }
        }
    }
}
