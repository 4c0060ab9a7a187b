//! Workers at least once.

use std::{fmt, marker::PhantomData, time::Duration};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use tokio::sync::mpsc;

use super::{
    HubClient,
    client::receive_failed,
    method::{MAXIMUM_PREFETCH, Wish, Work},
    pack::unpack,
};
use crate::{
    Codec, Receiving, Sending, Status,
    pattern::{
        AtLeastOnce, Delivery, Pull, ReceiveError, SettleError,
        delivery::{Settle, Settling, Verdict},
    },
};

/// The pause before a call that was lost is made again.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// A worker of a hub at least once; made by
/// [`HubClient::reliable_pull`](super::HubClient::reliable_pull).
pub struct FramedReliablePull<T, C> {
    client: HubClient,
    wish: Wish,
    call: Option<Call>,
    types: PhantomData<fn() -> (T, C)>,
}

/// A call to the hub. Settlements go out by a task, so that a delivery which is dropped can say so.
struct Call {
    jobs: Receiving<Bytes>,
    settlements: mpsc::Sender<Bytes>,
}

impl<T, C> FramedReliablePull<T, C> {
    pub(super) async fn open(client: HubClient, wish: Wish) -> Result<Self, ReceiveError> {
        let call = Call::open(&client, &wish).await.map_err(receive_failed)?;
        Ok(Self {
            client,
            wish,
            call: Some(call),
            types: PhantomData,
        })
    }

    async fn next_job(&mut self) -> Result<Taken, ReceiveError> {
        loop {
            let Some(call) = &mut self.call else {
                self.reopen().await?;
                continue;
            };
            match call.jobs.receive().await {
                Ok(Some(job)) => return Taken::read(job, &call.settlements),
                Ok(None) => return Err(ReceiveError::Closed),
                Err(status) => {
                    tracing::debug!(%status, name = self.wish.name, "connecting again");
                    self.call = None;
                }
            }
        }
    }

    async fn reopen(&mut self) -> Result<(), ReceiveError> {
        tokio::time::sleep(REOPEN_PAUSE).await;
        let opened = Call::open(&self.client, &self.wish).await;
        match opened.map_err(receive_failed) {
            Ok(call) => self.call = Some(call),
            Err(ReceiveError::Unavailable { source }) => {
                tracing::debug!(%source, name = self.wish.name, "waiting for the hub");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl<T: Send + 'static, C: Codec<T>> Pull<T, AtLeastOnce> for FramedReliablePull<T, C> {
    async fn pull(&mut self) -> Result<Delivery<T>, ReceiveError> {
        let mut taken = self.next_job().await?;
        match unpack::<T, C>(&mut taken.message) {
            Ok(Some(message)) => Ok(Delivery::new(message, taken.attempt, Box::new(taken))),
            Ok(None) => Err(cut_off()),
            Err(error) => {
                // The hub hears it, or the call is lost and the job comes again.
                let _ = taken.say(Verdict::Term);
                Err(error)
            }
        }
    }
}

impl<T, C> fmt::Debug for FramedReliablePull<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_tuple("FramedReliablePull");
        debug.field(&self.wish.name).finish()
    }
}

impl Call {
    async fn open(client: &HubClient, wish: &Wish) -> Result<Self, Status> {
        let (requests, jobs) = client.open::<Work>(wish).await?;
        // Room for one of each job that the worker can have: saying it never waits.
        let (settlements, said) = mpsc::channel(wish.prefetch.clamp(1, MAXIMUM_PREFETCH) as usize);
        tokio::spawn(tell(requests, said));
        Ok(Self { jobs, settlements })
    }
}

/// Ends when the worker and all its deliveries are gone, or the call is.
async fn tell(mut requests: Sending<Bytes>, mut said: mpsc::Receiver<Bytes>) {
    while let Some(settlement) = said.recv().await {
        if requests.send(settlement).await.is_err() {
            return;
        }
    }
    requests.finish();
}

/// A job that is with this worker.
struct Taken {
    number: u64,
    attempt: u32,
    message: Bytes,
    settlements: mpsc::Sender<Bytes>,
}

impl Taken {
    fn read(mut job: Bytes, settlements: &mpsc::Sender<Bytes>) -> Result<Self, ReceiveError> {
        Ok(Self {
            number: job.try_get_u64().map_err(|_| cut_off())?,
            attempt: job.try_get_u32().map_err(|_| cut_off())?,
            message: job,
            settlements: settlements.clone(),
        })
    }

    fn say(&self, verdict: Verdict) -> Result<(), SettleError> {
        let (verdict, delay) = match verdict {
            Verdict::Ack => (0, Duration::ZERO),
            Verdict::Nack(delay) => (1, delay),
            Verdict::Term => (2, Duration::ZERO),
        };
        let mut settlement = BytesMut::new();
        settlement.put_u64(self.number);
        settlement.put_u8(verdict);
        settlement.put_u64(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        let said = self.settlements.try_send(settlement.freeze());
        said.map_err(|error| SettleError::Lost {
            source: error.into(),
        })
    }
}

fn cut_off() -> ReceiveError {
    let (size, source) = (0, Status::data_loss("a job is cut off"));
    ReceiveError::Malformed { size, source }
}

impl Settle for Taken {
    fn settle(self: Box<Self>, verdict: Verdict) -> Settling {
        Box::pin(std::future::ready(self.say(verdict)))
    }

    fn abandon(self: Box<Self>) {
        // Without a call the hub has taken the job back.
        let _ = self.say(Verdict::Nack(Duration::ZERO));
    }
}
