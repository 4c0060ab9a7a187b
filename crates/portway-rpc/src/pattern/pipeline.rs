//! The pipeline: workers that pull a job, push its result on, and acknowledge the job only then.

use std::{future::Future, time::Duration};

use super::{AtLeastOnce, Delivery, Message, Pull, Push, ReceiveError, SendError, SettleError};

/// How long a job rests whose result was not accepted.
const REST_AFTER_REFUSAL: Duration = Duration::from_millis(500);

/// A result was not passed on, or its job not acknowledged: the job comes again in both cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The next queue did not accept the result; the job was given back.
    #[error("the result was not accepted, so its job comes again: {0}")]
    Result(#[source] SendError),
    /// The next queue has the result, but the job's queue may not know: there may be a second one.
    #[error("the result was accepted, its job may come again all the same: {0}")]
    Acknowledgement(#[source] SettleError),
}

impl<T: Send> Delivery<T> {
    /// Pushes the result of this job to `results`, and acknowledges the job when it was accepted.
    /// The result continues the trace of the job.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Result`] when the result was not accepted: the job is given back, to be
    /// tried again a little later.
    ///
    /// # Cancel safety
    ///
    /// A dropped future gives the job back; its result may have been accepted.
    pub async fn ack_after_push<R: Send + 'static>(
        self,
        results: &impl Push<R, AtLeastOnce>,
        result: impl Into<Message<R>> + Send,
    ) -> Result<(), PipelineError> {
        let result = result.into();
        let result = match result.trace() {
            Some(_) => result,
            None => result.caused_by(self.message()),
        };
        let (_, acknowledgement) = self.into_parts();
        if let Err(error) = results.push(result).await {
            // That it could not be given back is told by its coming again.
            let _ = acknowledgement.nack(REST_AFTER_REFUSAL).await;
            return Err(PipelineError::Result(error));
        }
        let acknowledged = acknowledgement.ack().await;
        acknowledged.map_err(PipelineError::Acknowledgement)
    }
}

/// What a worker makes of a job.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<R> {
    /// A result for the next queue.
    Result(R),
    /// It failed for now: try again after this delay.
    Retry(Duration),
    /// It can never be done: to the dead letters with it.
    Reject,
}

/// Runs one worker of a pipeline until nothing more comes: it pulls a job from `jobs`, lets `work`
/// make something of it, and acknowledges it when `results` has accepted the result.
///
/// For several workers, run several of these. A job that could not be settled comes again, and is
/// logged.
///
/// # Errors
///
/// What [`Pull::pull`] reports, [`ReceiveError::Closed`] and unreadable jobs apart: those go to the
/// dead letters, and the next job is pulled.
///
/// # Cancel safety
///
/// A dropped future gives its job back; the result may have been accepted.
pub async fn work<T, R, F>(
    jobs: &mut impl Pull<T, AtLeastOnce>,
    results: &impl Push<R, AtLeastOnce>,
    mut work: impl FnMut(&Message<T>) -> F + Send,
) -> Result<(), ReceiveError>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
    F: Future<Output = Outcome<R>> + Send,
{
    loop {
        let job = match jobs.pull().await {
            Ok(job) => job,
            Err(ReceiveError::Closed) => return Ok(()),
            Err(ReceiveError::Malformed { size, source }) => {
                tracing::warn!(size, %source, "a job that cannot be read");
                continue;
            }
            Err(error) => return Err(error),
        };
        let outcome = work(job.message()).await;
        if let Err(error) = settle(job, results, outcome).await {
            tracing::warn!(%error, "a job comes again");
        }
    }
}

async fn settle<T: Send, R: Send + 'static>(
    job: Delivery<T>,
    results: &impl Push<R, AtLeastOnce>,
    outcome: Outcome<R>,
) -> Result<(), PipelineError> {
    let settled = match outcome {
        Outcome::Result(result) => return job.ack_after_push(results, result).await,
        Outcome::Retry(delay) => job.nack(delay).await,
        Outcome::Reject => job.term().await,
    };
    settled.map_err(PipelineError::Acknowledgement)
}
