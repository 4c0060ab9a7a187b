//! Waiting for several requests at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Waits until all futures have succeeded, or one has failed. What they answer is in no order.
///
/// Each is polled whenever one of them may go on: they are few, one for each node.
pub(crate) async fn all<F, T, E>(futures: impl IntoIterator<Item = F>) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut answers = Vec::with_capacity(waiting.len());
    poll_fn(|context| poll_each(&mut waiting, &mut answers, context)).await?;
    Ok(answers)
}

fn poll_each<F, T, E>(
    waiting: &mut Vec<Pin<Box<F>>>,
    answers: &mut Vec<T>,
    context: &mut Context<'_>,
) -> Poll<Result<(), E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut place = 0;
    while let Some(future) = waiting.get_mut(place) {
        match future.as_mut().poll(context) {
            Poll::Pending => place += 1,
            Poll::Ready(answer) => {
                waiting.swap_remove(place);
                answers.push(answer?);
            }
        }
    }
    match waiting.is_empty() {
        true => Poll::Ready(Ok(())),
        false => Poll::Pending,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn all_answers_are_there_in_whatever_order_they_came() {
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..4).map(|_| oneshot::channel::<usize>()).unzip();
        let sending = async {
            for (number, sender) in senders.into_iter().enumerate().rev() {
                sender.send(number).expect("it is waited for");
                tokio::task::yield_now().await;
            }
        };
        let (answers, ()) = tokio::join!(all(receivers), sending);
        let mut answers = answers.expect("none was dropped");
        answers.sort_unstable();
        assert_eq!(answers, [0, 1, 2, 3]);
    }

    #[tokio::test]
    async fn the_first_failure_is_not_kept_back_by_what_still_waits() {
        let (_open, waits) = oneshot::channel::<usize>();
        let (dropped, fails) = oneshot::channel::<usize>();
        drop(dropped);
        let answered = timeout(Duration::from_secs(10), all([waits, fails])).await;
        answered.expect("it fails soon").expect_err("one failed");
    }

    #[tokio::test]
    async fn nothing_to_wait_for_is_answered_at_once() {
        let answers: Result<Vec<()>, ()> = all(Vec::<std::future::Ready<_>>::new()).await;
        assert_eq!(answers, Ok(Vec::new()));
    }
}
