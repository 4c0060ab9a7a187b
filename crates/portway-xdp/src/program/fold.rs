//! Takes out of a match what is decided before any frame comes: the kernel refuses a program with code that is never
//! reached, which a condition that always or never holds would leave behind it.

use super::matching::{Condition, Match};

/// What is left of a match.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Folded {
    Always,
    Never,
    /// Depends on the frame, and so do all its parts.
    Sometimes(Match),
}

/// Folds a match.
pub(super) fn fold(rule: &Match) -> Folded {
    match &rule.0 {
        Condition::All(parts) => combine(parts, &Folded::Never, Folded::Always, Condition::All),
        Condition::Any(parts) => combine(parts, &Folded::Always, Folded::Never, Condition::Any),
        _ => Folded::Sometimes(rule.clone()),
    }
}

/// One part that is `decisive` decides; parts that are `neutral` do not count, and if there are no others it is that.
fn combine(
    parts: &[Match],
    decisive: &Folded,
    neutral: Folded,
    whole: impl Fn(Vec<Match>) -> Condition,
) -> Folded {
    let mut left = Vec::with_capacity(parts.len());
    for part in parts.iter().map(fold) {
        match part {
            Folded::Sometimes(part) => left.push(part),
            part if part == *decisive => return part,
            _ => {}
        }
    }
    if left.is_empty() {
        return neutral;
    }
    Folded::Sometimes(Match(whole(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_always_holds_decides_an_alternative() {
        let rule = Match::any([Match::udp_port(1), Match::all([Match::everything()])]);
        assert_eq!(fold(&rule), Folded::Always);
    }

    #[test]
    fn a_part_that_never_holds_decides_a_conjunction() {
        let rule = Match::all([Match::udp_port(1), Match::any([])]);
        assert_eq!(fold(&rule), Folded::Never);
    }

    #[test]
    fn parts_that_do_not_matter_are_left_out() {
        let rule = Match::all([Match::everything(), Match::udp_port(1)]);
        assert_eq!(
            fold(&rule),
            Folded::Sometimes(Match::all([Match::udp_port(1)]))
        );
    }
}
