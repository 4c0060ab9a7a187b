//! What every transport of the patterns must do: one set of checks for all of them.
//!
//! A check is given the ends of an empty queue or topic and panics when a promise is not kept. What
//! a transport does not offer does not compile here, so a transport is described by the checks that
//! its tests call.

mod at_least_once;
mod at_most_once;
mod job;

pub use at_least_once::{
    acknowledged_jobs_do_not_come_again, every_subscription_gets_every_message,
    given_back_jobs_come_again_after_their_delay, jobs_beyond_the_limit_become_dead_letters,
    jobs_of_a_dropped_worker_come_again, results_are_accepted_before_jobs_are_acknowledged,
    terminated_jobs_become_dead_letters,
};
pub use at_most_once::{
    each_job_goes_to_one_worker, every_subscriber_gets_every_message, metadata_arrive,
    notifications_do_not_wait, slow_subscribers_are_told_how_much_they_missed,
};
pub use job::{DELIVERY_LIMIT, Job};

use crate::conformance::soon;
pub use crate::conformance::{PATIENCE, RESULTS_VARIABLE};

/// Notes that the transport with an end of this type has passed a check.
fn passed<T: ?Sized>(check: &str, end: &T) {
    crate::conformance::passed(check, std::any::type_name_of_val(end));
}
