//! Subqueries that SQLite is to keep apart.
//!
//! SQLite writes a subquery's columns out where they are named. A text in which each of twenty
//! subqueries names the column of the next twice would become one with a million expressions, before
//! it is carried out, and nothing ends it. Such subqueries get a LIMIT of no rows less: SQLite
//! computes them by themselves then. A text is read for this once, when it is whole, however often it
//! is carried out.

use std::collections::BTreeMap;

/// Bytes of all that stands for one subquery's columns once they are written out.
const MOST_BYTES: usize = 1 << 18;

/// What is written around a subquery to keep it apart (rule 14 of SQLite's flattening).
const BEFORE: &str = "SELECT * FROM (";
const BEHIND: &str = ") LIMIT -1 OFFSET 0";

/// How our texts name a subquery.
const NAMED: &str = ") AS a";

/// The text with such a LIMIT where it needs one.
pub(super) fn kept_apart(sql: String) -> String {
    if sql.matches(NAMED).nth(1).is_none() {
        return sql;
    }
    let apart = Reading::of(&sql);
    if apart.is_empty() {
        return sql;
    }
    let mut written = String::with_capacity(sql.len() + apart.len() * BEHIND.len());
    let mut rest = 0;
    for (place, text) in apart {
        written.push_str(&sql[rest..place]);
        written.push_str(text);
        rest = place;
    }
    written.push_str(&sql[rest..]);
    written
}

/// What stands between two parentheses: how often it names which subquery.
#[derive(Debug, Default)]
struct Group {
    start: usize,
    /// Bytes that are in no subquery.
    bytes: usize,
    named: BTreeMap<usize, usize>,
    /// The subqueries in it: their numbers, where they begin and end, and their bytes written out.
    subqueries: Vec<(usize, usize, usize, usize)>,
}

struct Reading {
    open: Vec<Group>,
    apart: BTreeMap<usize, &'static str>,
}

impl Reading {
    /// Where which text is to be put in.
    fn of(sql: &str) -> BTreeMap<usize, &'static str> {
        let mut reading = Self {
            open: vec![Group::default()],
            apart: BTreeMap::new(),
        };
        let bytes = sql.as_bytes();
        let mut in_text = false;
        let mut place = 0;
        while let Some(byte) = bytes.get(place) {
            match byte {
                b'\'' => in_text = !in_text,
                _ if in_text => {}
                b'(' => reading.open.push(Group {
                    start: place,
                    ..Group::default()
                }),
                b')' => reading.close(sql, place),
                b'a' if !is_word(bytes.get(place.wrapping_sub(1))) => reading.name(sql, place),
                _ => {}
            }
            if let Some(group) = reading.open.last_mut() {
                group.bytes += 1;
            }
            place += 1;
        }
        if let Some(whole) = reading.open.pop() {
            reading.written_out(whole);
        }
        reading.apart
    }

    /// Counts `a7.` as one use of the subquery 7.
    fn name(&mut self, sql: &str, place: usize) {
        let Some((number, behind)) = number_at(sql, place + 1) else {
            return;
        };
        if sql.as_bytes().get(behind) == Some(&b'.')
            && let Some(group) = self.open.last_mut()
        {
            *group.named.entry(number).or_default() += 1;
        }
    }

    fn close(&mut self, sql: &str, end: usize) {
        if self.open.len() < 2 {
            return;
        }
        let Some(group) = self.open.pop() else {
            return;
        };
        let number = sql[end..]
            .starts_with(NAMED)
            .then(|| number_at(sql, end + NAMED.len()))
            .flatten();
        let start = group.start;
        match number {
            Some((number, _)) => {
                let bytes = self.written_out(group);
                if let Some(outer) = self.open.last_mut() {
                    outer.subqueries.push((number, start, end, bytes));
                }
            }
            // What is in mere parentheses belongs to what they are in.
            None => {
                let Some(outer) = self.open.last_mut() else {
                    return;
                };
                outer.bytes += group.bytes;
                outer.subqueries.extend(group.subqueries);
                for (number, count) in group.named {
                    *outer.named.entry(number).or_default() += count;
                }
            }
        }
    }

    /// The bytes of what SQLite makes of a group.
    fn written_out(&mut self, group: Group) -> usize {
        let mut bytes = group.bytes;
        for (number, start, end, of_one) in group.subqueries {
            let uses = group.named.get(&number).copied().unwrap_or(0);
            let all = of_one.saturating_mul(uses);
            if all > MOST_BYTES || bytes.saturating_add(all) > 2 * MOST_BYTES {
                self.apart.insert(start + 1, BEFORE);
                self.apart.insert(end, BEHIND);
            } else {
                bytes = bytes.saturating_add(all);
            }
        }
        bytes
    }
}

/// The number at a place, and where it ends.
fn number_at(sql: &str, place: usize) -> Option<(usize, usize)> {
    let rest = sql.get(place..)?;
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..length)?.parse().ok()?;
    Some((number, place + length))
}

fn is_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize, column: &str) -> String {
        let mut sql = "SELECT t.c1 AS c0 FROM t".to_owned();
        for level in 1..=levels {
            let column = column.replace('x', &format!("a{level}.c0"));
            sql = format!("SELECT {column} AS c0 FROM ({sql}) AS a{level}");
        }
        sql
    }

    #[test]
    fn what_stays_short_is_left_as_it_is() {
        for sql in [
            nested(1, "(x || x)"),
            nested(6, "(x || x)"),
            nested(40, "x"),
            "SELECT 'a1.c0) AS a1'".to_owned(),
        ] {
            assert_eq!(kept_apart(sql.clone()), sql);
        }
    }

    #[test]
    fn what_would_double_at_each_step_is_kept_apart() {
        let sql = nested(30, "(x || x)");
        let apart = kept_apart(sql);
        let count = apart.matches(BEHIND).count();
        assert!((1..=5).contains(&count), "{count}");
        assert_eq!(apart.matches('(').count(), apart.matches(')').count());
        assert!(kept_apart(nested(3, &"x || ".repeat(5_000))).contains(BEHIND));
    }

    #[test]
    fn any_text_is_read() {
        for sql in [
            ")",
            "(",
            "a1.",
            ") AS a ) AS a1",
            "'(' ) AS a1 ) AS a",
            "é) AS aé) AS a",
        ] {
            let _ = kept_apart(sql.to_owned());
        }
    }
}
