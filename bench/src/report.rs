//! Figures, their ratios to the best of the others, and whether they are what was asked.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde::Serialize;

/// Name of ours in every figure.
pub(crate) const PORTWAY: &str = "portway";

/// What is asked of a figure of ours.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// Nothing: it is measured to explain another figure.
    None,
    /// At most this, in the figure's unit.
    AtMost(f64),
    /// At least this, in the figure's unit.
    AtLeast(f64),
    /// At most so many times the least of the others.
    TimesLeast(f64),
    /// At least so many times the greatest of the others.
    TimesGreatest(f64),
    /// At most so many times the figure of the named one.
    AtMostTimesOf(f64, &'static str),
    /// At least so many times the figure of the named one.
    AtLeastTimesOf(f64, &'static str),
    /// At most so many times the figure of each of the named ones in the same round: the median of these ratios.
    PairsAtMost(f64, &'static [&'static str]),
    /// At least so many times the figure of each of the named ones in the same round: the median of these ratios.
    PairsAtLeast(f64, &'static [&'static str]),
}

/// One measured quantity.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    goal: Goal,
    /// All values by contender, one for each turn; none of one that has nothing of the kind.
    values: BTreeMap<&'static str, Vec<f64>>,
}

impl Figure {
    fn median_of(&self, contender: &str) -> Option<f64> {
        self.values.get(contender).and_then(|values| median(values))
    }

    /// Those that ours competes with: not one that is named as a measure, which is no competitor.
    fn others(&self) -> impl Iterator<Item = f64> {
        let measure = match self.goal {
            Goal::AtMostTimesOf(_, named) | Goal::AtLeastTimesOf(_, named) => Some(named),
            _ => None,
        };
        let competes = move |name: &str| name != PORTWAY && Some(name) != measure;
        let others = self.values.iter().filter(move |(name, _)| competes(name));
        others.filter_map(|(_, values)| median(values))
    }

    /// Ours to the best of the others, where there is one.
    fn ratio(&self) -> Option<f64> {
        let best = match self.goal {
            Goal::AtLeast(_) | Goal::TimesGreatest(_) | Goal::AtLeastTimesOf(..) => {
                self.others().reduce(f64::max)
            }
            // Not all whom the pairs are made of compete, and who does has its own figure.
            Goal::PairsAtMost(..) | Goal::PairsAtLeast(..) => return self.reached(),
            Goal::None | Goal::AtMost(_) | Goal::TimesLeast(_) | Goal::AtMostTimesOf(..) => {
                self.others().reduce(f64::min)
            }
        };
        Some(self.median_of(PORTWAY)? / best?)
    }

    /// What the goal is held against: a value or a ratio.
    fn reached(&self) -> Option<f64> {
        match self.goal {
            Goal::None => None,
            Goal::AtMost(_) | Goal::AtLeast(_) => self.median_of(PORTWAY),
            Goal::TimesLeast(_) | Goal::TimesGreatest(_) => self.ratio(),
            Goal::AtMostTimesOf(_, named) | Goal::AtLeastTimesOf(_, named) => {
                Some(self.median_of(PORTWAY)? / self.median_of(named)?)
            }
            Goal::PairsAtMost(_, named) => self.pairs(named).reduce(f64::max),
            Goal::PairsAtLeast(_, named) => self.pairs(named).reduce(f64::min),
        }
    }

    /// For each of the named ones that was measured, the median over the rounds of ours to theirs.
    fn pairs(&self, named: &'static [&'static str]) -> impl Iterator<Item = f64> {
        let ours = self.values.get(PORTWAY).map_or(&[][..], Vec::as_slice);
        named.iter().filter_map(move |name| {
            let theirs = self.values.get(name)?;
            let ratios: Vec<f64> = ours
                .iter()
                .zip(theirs)
                .map(|(own, their)| own / their)
                .collect();
            median(&ratios)
        })
    }

    fn met(&self) -> Option<bool> {
        let reached = self.reached()?;
        Some(match self.goal {
            Goal::None => return None,
            Goal::AtMost(most)
            | Goal::TimesLeast(most)
            | Goal::AtMostTimesOf(most, _)
            | Goal::PairsAtMost(most, _) => reached <= most,
            Goal::AtLeast(least)
            | Goal::TimesGreatest(least)
            | Goal::AtLeastTimesOf(least, _)
            | Goal::PairsAtLeast(least, _) => reached >= least,
        })
    }
}

/// All figures of a run, in the order in which they were first measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds one value to a figure.
    pub(crate) fn add(
        &mut self,
        name: &str,
        unit: &'static str,
        goal: Goal,
        contender: &'static str,
        value: f64,
    ) {
        self.values(name, unit, goal, contender).push(value);
    }

    /// Says that a contender has nothing that the figure could measure.
    pub(crate) fn add_lack(
        &mut self,
        name: &str,
        unit: &'static str,
        goal: Goal,
        contender: &'static str,
    ) {
        self.values(name, unit, goal, contender).clear();
    }

    fn values(
        &mut self,
        name: &str,
        unit: &'static str,
        goal: Goal,
        contender: &'static str,
    ) -> &mut Vec<f64> {
        let known = self.figures.iter().position(|figure| figure.name == name);
        let position = known.unwrap_or_else(|| {
            self.figures.push(Figure {
                name: name.to_owned(),
                unit,
                goal,
                values: BTreeMap::new(),
            });
            self.figures.len() - 1
        });
        self.figures[position].values.entry(contender).or_default()
    }

    /// Prints the table and writes all values to a file.
    pub(crate) fn publish(&self, json: &Path) -> anyhow::Result<()> {
        print!("{}", self.table());
        if let Some(folder) = json.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(json, serde_json::to_string_pretty(&self.figures)?)?;
        Ok(())
    }

    /// A table for people: a line for each figure, medians, our ratio and the verdict.
    fn table(&self) -> String {
        let mut names: Vec<&str> = self
            .figures
            .iter()
            .flat_map(|figure| figure.values.keys().copied())
            .collect();
        names.sort_by_key(|name| (*name != PORTWAY, *name));
        names.dedup();
        let mut table = format!("{:46}", "median");
        for name in &names {
            let _ = write!(table, "{name:>14}");
        }
        let _ = writeln!(
            table,
            "{:>9}{:>9}{:>17}  verdict",
            "ratio", "reached", "asked"
        );
        for figure in &self.figures {
            table.push_str(&line(figure, &names));
        }
        table
    }
}

fn line(figure: &Figure, names: &[&str]) -> String {
    let mut line = format!("{:46}", format!("{}, {}", figure.name, figure.unit));
    for name in names {
        let _ = write!(line, "{:>14}", cell(figure.values.get(name)));
    }
    let ratio = decimals(figure.ratio());
    let reached = decimals(figure.reached());
    let asked = match figure.goal {
        Goal::None => "-".to_owned(),
        Goal::AtMost(most) => format!("<={}", number(most)),
        Goal::AtLeast(least) => format!(">={}", number(least)),
        Goal::TimesLeast(times) => format!("<={times}x"),
        Goal::TimesGreatest(times) => format!(">={times}x"),
        Goal::AtMostTimesOf(times, named) => format!("<={times}x {named}"),
        Goal::AtLeastTimesOf(times, named) => format!(">={times}x {named}"),
        Goal::PairsAtMost(times, named) => format!("<={times}x {}", named.join("/")),
        Goal::PairsAtLeast(times, named) => format!(">={times}x {}", named.join("/")),
    };
    let verdict = figure
        .met()
        .map_or("-", |met| if met { "met" } else { "MISSED" });
    format!("{line}{ratio:>9}{reached:>9}{asked:>17}  {verdict}\n")
}

/// What the table says of one contender.
fn cell(values: Option<&Vec<f64>>) -> String {
    match values {
        None => "-".to_owned(),
        Some(values) => median(values).map_or_else(|| "cannot".to_owned(), number),
    }
}

fn decimals(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// Three significant digits are what the measurements bear.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(goal: Goal, ours: f64, others: &[(&'static str, f64)]) -> Report {
        let mut report = Report::default();
        report.add("speed", "s", goal, PORTWAY, ours);
        for (name, value) in others {
            report.add("speed", "s", goal, name, *value);
        }
        report
    }

    #[test]
    fn the_median_of_an_even_number_of_values_lies_between_the_middle_ones() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn the_ratio_is_to_the_best_of_the_others() {
        let least = report(Goal::TimesLeast(0.8), 2.0, &[("a", 4.0), ("b", 8.0)]);
        assert_eq!(least.figures[0].ratio(), Some(0.5));
        assert_eq!(least.figures[0].met(), Some(true));
        let greatest = report(Goal::TimesGreatest(1.0), 4.0, &[("a", 4.0), ("b", 8.0)]);
        assert_eq!(greatest.figures[0].ratio(), Some(0.5));
        assert_eq!(greatest.figures[0].met(), Some(false));
    }

    #[test]
    fn a_goal_may_name_the_one_to_compare_with_which_is_then_no_competitor() {
        let named = report(
            Goal::AtMostTimesOf(1.2, "bare"),
            2.4,
            &[("bare", 2.0), ("a", 4.8)],
        );
        assert_eq!(named.figures[0].reached(), Some(1.2));
        assert_eq!(named.figures[0].ratio(), Some(0.5));
        assert_eq!(named.figures[0].met(), Some(true));
        let missing = report(Goal::AtLeastTimesOf(0.9, "bare"), 1.0, &[("a", 1.0)]);
        assert_eq!(missing.figures[0].met(), None);
    }

    #[test]
    fn pairs_are_compared_round_by_round_with_the_best_of_the_named_ones() {
        let mut report = Report::default();
        let goal = Goal::PairsAtLeast(0.95, &["a", "b", "missing"]);
        for (ours, a, b) in [(1.0, 1.0, 2.0), (3.0, 2.0, 3.0), (8.0, 4.0, 8.0)] {
            for (name, value) in [(PORTWAY, ours), ("a", a), ("b", b), ("c", 100.0)] {
                report.add("speed", "M/s", goal, name, value);
            }
        }
        assert_eq!(report.figures[0].reached(), Some(1.0));
        assert_eq!(report.figures[0].met(), Some(true));
    }

    #[test]
    fn one_that_has_nothing_of_the_kind_is_told_from_one_that_was_not_measured() {
        let mut lacking = report(Goal::TimesLeast(1.0), 2.0, &[("a", 4.0)]);
        lacking.add_lack("speed", "s", Goal::TimesLeast(1.0), "b");
        let values = &lacking.figures[0].values;
        assert_eq!(cell(values.get("b")), "cannot");
        assert_eq!(cell(values.get("c")), "-");
        assert_eq!(lacking.figures[0].ratio(), Some(0.5));
    }

    #[test]
    fn a_figure_without_others_has_a_verdict_only_for_a_fixed_limit() {
        assert_eq!(
            report(Goal::AtMost(2.0), 2.0, &[]).figures[0].met(),
            Some(true)
        );
        assert_eq!(
            report(Goal::AtLeast(2.0), 1.9, &[]).figures[0].met(),
            Some(false)
        );
        assert_eq!(
            report(Goal::TimesLeast(1.0), 2.0, &[]).figures[0].met(),
            None
        );
    }
}
