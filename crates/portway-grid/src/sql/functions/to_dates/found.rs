//! What a text said of a time, and which time that is.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use crate::sql::functions::times::today;
use crate::sql::text::date_of;

/// What a text said of a time.
#[derive(Clone, Default)]
pub(super) struct Found {
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) day_of_year: Option<i64>,
    pub(super) absolute_day: Option<i64>,
    pub(super) is_before_christ: bool,
    pub(super) hour: i64,
    pub(super) hour_of_half: Option<i64>,
    pub(super) half_of_day: Option<bool>,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanoseconds: i64,
}

impl Found {
    /// A month or a day without a year is of 1970.
    pub(super) fn set_month(&mut self, month: i64) {
        self.month = Some(month);
        self.year.get_or_insert(1970);
    }

    pub(super) fn set_day(&mut self, day: i64) {
        self.day = Some(day);
        self.year.get_or_insert(1970);
    }

    fn date(&self) -> Option<NaiveDate> {
        if let Some(day) = self.absolute_day {
            return date_of(day);
        }
        let current = today();
        let year = self.year.unwrap_or(current.year().into());
        let year = if self.is_before_christ {
            1 - year
        } else {
            year
        };
        let year = i32::try_from(year).ok()?;
        if let Some(day) = self.day_of_year {
            let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
            return first.checked_add_signed(TimeDelta::try_days(day.saturating_sub(1))?);
        }
        let month = self.month.unwrap_or(current.month().into());
        let day = u32::try_from(self.day.unwrap_or(1)).ok()?;
        NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, day)
    }

    pub(super) fn time(&self) -> Option<NaiveDateTime> {
        let is_of_half = self.hour_of_half.is_some() || self.half_of_day.is_some();
        let hour = if is_of_half {
            let afternoon = i64::from(self.half_of_day.unwrap_or(false));
            self.hour_of_half.unwrap_or(0) % 12 + 12 * afternoon
        } else {
            self.hour
        };
        let seconds = (hour * 60 + self.minute) * 60 + self.second;
        self.date()?
            .and_hms_opt(0, 0, 0)?
            .checked_add_signed(TimeDelta::try_seconds(seconds)?)?
            .checked_add_signed(TimeDelta::nanoseconds(self.nanoseconds))
    }
}
