//! How a column is named.

/// A column: by its place, counted from 0, or by its name.
///
/// A name is looked for as it is written, and then without regard to upper and lower case, because
/// SQL turns the names that are not quoted into upper case.
pub trait ColumnIndex: Sealed {}

impl<T: Sealed> ColumnIndex for T {}

pub trait Sealed: Copy {
    fn position(self, columns: &[String]) -> Option<usize>;

    fn wanted(self) -> String;
}

impl Sealed for usize {
    fn position(self, columns: &[String]) -> Option<usize> {
        (self < columns.len()).then_some(self)
    }

    fn wanted(self) -> String {
        self.to_string()
    }
}

impl Sealed for &str {
    fn position(self, columns: &[String]) -> Option<usize> {
        let exactly = columns.iter().position(|column| column == self);
        let nearly = || {
            columns
                .iter()
                .position(|column| column.eq_ignore_ascii_case(self))
        };
        exactly.or_else(nearly)
    }

    fn wanted(self) -> String {
        format!("{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_written_exactly_so_comes_first() {
        let columns = ["NAME", "name", "AGE"].map(str::to_owned);
        assert_eq!("name".position(&columns), Some(1));
        assert_eq!("Name".position(&columns), Some(0));
        assert_eq!("age".position(&columns), Some(2));
        assert_eq!("city".position(&columns), None);
        assert_eq!(2.position(&columns), Some(2));
        assert_eq!(3.position(&columns), None);
    }
}
