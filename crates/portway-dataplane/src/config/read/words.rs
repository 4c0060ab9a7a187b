//! The word that somebody may have meant.

/// So many words are listed; of more, their number is told.
const LISTED_LIMIT: usize = 20;

/// The word of `words` that is nearest to `given`, if one is near enough to be a slip.
pub(super) fn nearest<'a>(
    given: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given = given.to_lowercase();
    // A third of the letters may be wrong, and one always.
    let tolerance = (given.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (strsim::osa_distance(&given, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The words as a sentence lists them: `` `a`, `b` or `c` ``.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    if quoted.len() > LISTED_LIMIT {
        let more = quoted.len() - LISTED_LIMIT;
        quoted.truncate(LISTED_LIMIT);
        quoted.push(format!("one of {more} more"));
    }
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 3] = ["bufcnt", "bufsz", "mtype"];

    #[test]
    fn a_slip_finds_the_word_and_another_word_finds_none() {
        assert_eq!(nearest("bufcont", WORDS), Some("bufcnt"));
        assert_eq!(nearest("MTYPE", WORDS), Some("mtype"));
        assert_eq!(nearest("description", WORDS), None);
    }

    #[test]
    fn a_list_ends_with_or() {
        assert_eq!(list(WORDS), "`bufcnt`, `bufsz` or `mtype`");
        assert_eq!(list(["one"]), "`one`");
    }
}
