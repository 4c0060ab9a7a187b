//! How names of Rust become names of Java.

use syn::{Error, LitStr, Result};

/// The style of the names of all fields, or of all members.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenameAll {
    Lower,
    Upper,
    Camel,
    Pascal,
    Snake,
    ScreamingSnake,
}

const STYLES: [(&str, RenameAll); 6] = [
    ("lowercase", RenameAll::Lower),
    ("UPPERCASE", RenameAll::Upper),
    ("camelCase", RenameAll::Camel),
    ("PascalCase", RenameAll::Pascal),
    ("snake_case", RenameAll::Snake),
    ("SCREAMING_SNAKE_CASE", RenameAll::ScreamingSnake),
];

impl RenameAll {
    pub(crate) fn parse(literal: &LitStr) -> Result<Self> {
        let wanted = literal.value();
        let found = STYLES.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, style)| *style).ok_or_else(|| {
            let names = STYLES.map(|(name, _)| format!("`{name}`")).join(", ");
            Error::new_spanned(literal, format!("expected one of {names}"))
        })
    }

    /// The name in this style.
    pub(crate) fn apply(self, name: &str) -> String {
        let words = words(name);
        match self {
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalized(word)).collect(),
            Self::Camel => {
                let (first, rest) = words.split_at(1.min(words.len()));
                let rest = rest.iter().map(|word| capitalized(word));
                first.concat() + &rest.collect::<String>()
            }
        }
    }
}

/// The words of a name in lower case: they begin at underscores and at capital letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut begins = true;
    for character in name.chars() {
        if character == '_' {
            begins = true;
            continue;
        }
        if begins || character.is_uppercase() {
            words.push(String::new());
        }
        begins = false;
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_style() {
        let renamed = |style: RenameAll, name| style.apply(name);
        assert_eq!(renamed(RenameAll::Camel, "birth_year"), "birthYear");
        assert_eq!(renamed(RenameAll::Camel, "DarkBlue"), "darkBlue");
        assert_eq!(renamed(RenameAll::Pascal, "birth_year"), "BirthYear");
        assert_eq!(renamed(RenameAll::Snake, "DarkBlue"), "dark_blue");
        assert_eq!(renamed(RenameAll::ScreamingSnake, "DarkBlue"), "DARK_BLUE");
        assert_eq!(renamed(RenameAll::Upper, "birth_year"), "BIRTHYEAR");
        assert_eq!(renamed(RenameAll::Lower, "DarkBlue"), "darkblue");
    }
}
