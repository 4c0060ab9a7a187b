//! What all criteria for one column come to (`IndexKeyQueryCondition`).
//!
//! Everything here is in the order of the index: in a column that descends, the lower end of a
//! criterion is the upper end here.

use std::cmp::Ordering;

use portway_ignite_protocol::{IndexCriterion, IndexRange, RawValue};

use super::Refused;
use super::compare::{compare, java_text};
use crate::sql::value::SqlValue;

/// One end of a range; without a value there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) value: Option<SqlValue>,
    pub(super) inclusive: bool,
}

/// The values between two ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) lower: End,
    pub(super) upper: End,
}

/// What a column must fulfil.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    field: String,
    descends: bool,
    range: Option<Range>,
    /// In the order of the index, each once.
    values: Option<Vec<SqlValue>>,
}

impl Condition {
    pub(super) fn new(field: &str, descends: bool) -> Self {
        Self {
            field: field.to_owned(),
            descends,
            range: None,
            values: None,
        }
    }

    /// The range, lower end first whatever the order of the index.
    pub(super) fn range(&self) -> Option<Range> {
        let range = self.range.clone();
        if self.descends {
            return range.map(Range::swapped);
        }
        range
    }

    /// The range in the order of the index.
    pub(super) fn of_index(&self) -> Option<Range> {
        self.range.clone()
    }

    /// The only values, in the order of the index.
    pub(super) fn values(&self) -> Option<&[SqlValue]> {
        self.values.as_deref()
    }

    /// Adds a criterion.
    ///
    /// # Errors
    /// For a criterion that contradicts itself or an earlier one.
    pub(super) fn add(&mut self, criterion: &IndexCriterion) -> Result<(), Refused> {
        match criterion {
            IndexCriterion::In { values, .. } => self.add_values(values),
            IndexCriterion::Range(range) => self.add_range(range),
            _ => Err(Refused::new("Unexpected IndexQueryCriterion class")),
        }
    }

    fn add_range(&mut self, criterion: &IndexRange) -> Result<(), Refused> {
        let mut range = Range {
            lower: End {
                value: end(&criterion.lower, criterion.lower_is_null)?,
                inclusive: criterion.lower_inclusive,
            },
            upper: End {
                value: end(&criterion.upper, criterion.upper_is_null)?,
                inclusive: criterion.upper_inclusive,
            },
        };
        if self.descends {
            range = range.swapped();
        }
        if let (Some(lower), Some(upper)) = (&range.lower.value, &range.upper.value)
            && self.order(lower, upper)? == Ordering::Greater
        {
            return Err(Refused::new(format!(
                "Illegal criterion: lower boundary is greater than the upper boundary: {}",
                range.shown(&self.field)
            )));
        }
        self.narrow(range)?;
        self.drop_values_outside()
    }

    fn add_values(&mut self, values: &[RawValue]) -> Result<(), Refused> {
        if self.values.is_some() {
            return Err(Refused::new(
                "Multiple IN criteria for same field arent't supported.",
            ));
        }
        if values.is_empty() {
            return Err(Refused::Fault("null".to_owned()));
        }
        let mut ordered: Vec<SqlValue> = Vec::with_capacity(values.len());
        for value in values {
            let value = read(value)?;
            let mut failed = None;
            let place = ordered.binary_search_by(|known| {
                self.order(known, &value).unwrap_or_else(|error| {
                    failed = Some(error);
                    Ordering::Equal
                })
            });
            match (failed, place) {
                (Some(error), _) => return Err(Refused::Fault(error.to_string())),
                (None, Err(place)) => ordered.insert(place, value),
                (None, Ok(_)) => {}
            }
        }
        self.values = Some(ordered);
        self.narrow_to_values()
    }

    /// Narrows the range to the least and the greatest of the values.
    fn narrow_to_values(&mut self) -> Result<(), Refused> {
        let end = |value: Option<&SqlValue>| End {
            value: value.cloned(),
            inclusive: true,
        };
        let values = self.values.as_deref().unwrap_or_default();
        let range = Range {
            lower: end(values.first()),
            upper: end(values.last()),
        };
        self.narrow(range)?;
        self.drop_values_outside()
    }

    fn drop_values_outside(&mut self) -> Result<(), Refused> {
        let (Some(values), Some(range)) = (self.values.take(), self.range.clone()) else {
            return Ok(());
        };
        let mut kept = Vec::with_capacity(values.len());
        for value in values {
            if self.is_within(&value, &range)? {
                kept.push(value);
            }
        }
        if kept.is_empty() {
            return Err(Refused::new(format!(
                "Failed to merge IN and RANGE criteria. No IN values match range criterion {}",
                range.shown(&self.field)
            )));
        }
        self.values = Some(kept);
        Ok(())
    }

    fn is_within(&self, value: &SqlValue, range: &Range) -> Result<bool, Refused> {
        let fits = |end: &End, outside: Ordering| match &end.value {
            None => Ok(true),
            Some(end_value) => {
                let order = self.order(value, end_value)?;
                Ok(order != outside && (order != Ordering::Equal || end.inclusive))
            }
        };
        Ok(fits(&range.lower, Ordering::Less)? && fits(&range.upper, Ordering::Greater)?)
    }

    /// Cuts the range down to what is in another one as well.
    fn narrow(&mut self, other: Range) -> Result<(), Refused> {
        let Some(known) = self.range.take() else {
            self.range = Some(other);
            return Ok(());
        };
        if !self.meet(&other.lower, &known.upper)? || !self.meet(&known.lower, &other.upper)? {
            return Err(Refused::new(format!(
                "Failed to merge criterion {} with previous criteria range {}",
                other.shown(&self.field),
                known.shown(&self.field)
            )));
        }
        self.range = Some(Range {
            lower: self.inner(known.lower, other.lower, Ordering::Greater)?,
            upper: self.inner(known.upper, other.upper, Ordering::Less)?,
        });
        Ok(())
    }

    /// Whether something can be between two ends.
    fn meet(&self, lower: &End, upper: &End) -> Result<bool, Refused> {
        let (Some(low), Some(high)) = (&lower.value, &upper.value) else {
            return Ok(true);
        };
        Ok(match self.order(low, high)? {
            Ordering::Less => true,
            Ordering::Equal => lower.inclusive && upper.inclusive,
            Ordering::Greater => false,
        })
    }

    /// Which of two ends leaves less between them.
    fn inner(&self, known: End, other: End, inwards: Ordering) -> Result<End, Refused> {
        let (Some(one), Some(two)) = (&known.value, &other.value) else {
            return Ok(if known.value.is_some() { known } else { other });
        };
        Ok(match self.order(one, two)? {
            Ordering::Equal => End {
                inclusive: known.inclusive && other.inclusive,
                ..known
            },
            order if order == inwards => known,
            _ => other,
        })
    }

    fn order(&self, one: &SqlValue, two: &SqlValue) -> Result<Ordering, Refused> {
        let order = compare(one, two)?;
        Ok(if self.descends {
            order.reverse()
        } else {
            order
        })
    }
}

impl Range {
    fn swapped(self) -> Self {
        Self {
            lower: self.upper,
            upper: self.lower,
        }
    }

    /// As Ignite prints a criterion.
    fn shown(&self, field: &str) -> String {
        let value = |end: &End| end.value.as_ref().map_or("null".to_owned(), java_text);
        let (lower, upper) = (value(&self.lower), value(&self.upper));
        let open = if self.lower.inclusive { '[' } else { '(' };
        let close = if self.upper.inclusive { ']' } else { ')' };
        format!("{field}{open}{lower}; {upper}{close}")
    }
}

/// An end that is null is none, unless it is said to be a value.
fn end(raw: &RawValue, is_null: bool) -> Result<Option<SqlValue>, Refused> {
    let value = read(raw)?;
    Ok((!value.is_null() || is_null).then_some(value))
}

fn read(raw: &RawValue) -> Result<SqlValue, Refused> {
    SqlValue::from_raw(raw)
        .map_err(|error| Refused::new(format!("A criterion cannot be read: {error}")))
}
