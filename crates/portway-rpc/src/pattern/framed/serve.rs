//! What a hub does for each subscriber and worker.

use std::{collections::HashMap, future::Future, marker::PhantomData, pin::Pin, time::Duration};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use prost::Message as _;

use super::{
    Hub,
    log::{Entry, Log},
    method::{MAXIMUM_PREFETCH, Pull, Subscribe, Wish, Work},
    pack::{pack, pack_missed},
    store::Store,
};
use crate::{
    Codec, Context, HandleStream, Receiving, Sending, Status,
    pattern::{Acknowledgement, Delivery, Pull as _, ReceiveError, local::ReliablePull},
};

impl HandleStream<Subscribe> for Hub {
    async fn handle_stream(
        &self,
        _context: Context,
        mut requests: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        let log = self.topic(&wish(requests.only().await?)?)?;
        let mut cursor = log.join();
        let _reader = Reader(&log);
        // An empty pack says that the subscription is made.
        responses.send(Bytes::new()).await?;
        loop {
            match log.read(&mut cursor).await {
                Entry::Pack(pack) => responses.send(pack).await?,
                Entry::Missed(count) => responses.send(pack_missed(count)).await?,
                Entry::Closed => break,
            }
        }
        responses.finish();
        Ok(())
    }
}

/// Counts a subscriber out when its call ends, however it does.
struct Reader<'a>(&'a Log);

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl HandleStream<Pull> for Hub {
    async fn handle_stream(
        &self,
        _context: Context,
        mut requests: Receiving<Bytes>,
        mut responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        let store = self.queue(&wish(requests.only().await?)?)?;
        responses.send(Bytes::new()).await?;
        loop {
            // Room first: what waits in the queue can still go to another worker.
            std::future::poll_fn(|context| responses.poll_ready(context)).await?;
            let Some(pack) = store.take().await else {
                break;
            };
            hand_over(&store, pack, &mut responses).await?;
        }
        responses.finish();
        Ok(())
    }
}

/// A pack that the worker's call does not take goes back, also when the call is dropped meanwhile.
async fn hand_over(
    store: &Store,
    pack: Bytes,
    responses: &mut Sending<Bytes>,
) -> Result<(), Status> {
    let mut kept = Kept(store, Some(pack.clone()));
    responses.send(pack).await?;
    kept.1 = None;
    Ok(())
}

struct Kept<'a>(&'a Store, Option<Bytes>);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if let Some(pack) = self.1.take() {
            self.0.give_back(pack);
        }
    }
}

impl HandleStream<Work> for Hub {
    async fn handle_stream(
        &self,
        _context: Context,
        mut requests: Receiving<Bytes>,
        responses: Sending<Bytes>,
    ) -> Result<(), Status> {
        let missing = || Status::invalid_argument("a worker says first what it wants");
        let wish = wish(requests.receive().await?.ok_or_else(missing)?)?;
        let queue = self.reliable(&wish)?;
        let prefetch = wish.prefetch.clamp(1, MAXIMUM_PREFETCH) as usize;
        queue.serve(requests, responses, prefetch).await
    }
}

fn wish(message: Bytes) -> Result<Wish, Status> {
    Wish::decode(message).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// A queue at least once, whatever its type is.
pub(super) trait ServeWorker: Send + Sync {
    fn serve(
        &self,
        settlements: Receiving<Bytes>,
        jobs: Sending<Bytes>,
        prefetch: usize,
    ) -> Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;
}

pub(super) struct ReliableQueue<T, C> {
    pull: ReliablePull<T>,
    codec: PhantomData<fn() -> C>,
}

impl<T, C> ReliableQueue<T, C> {
    pub(super) fn new(pull: ReliablePull<T>) -> Self {
        let codec = PhantomData;
        Self { pull, codec }
    }
}

impl<T, C> ServeWorker for ReliableQueue<T, C>
where
    T: Clone + Send + Sync + 'static,
    C: Codec<T>,
{
    fn serve(
        &self,
        settlements: Receiving<Bytes>,
        jobs: Sending<Bytes>,
        prefetch: usize,
    ) -> Pin<Box<dyn Future<Output = Result<(), Status>> + Send>> {
        let pull = self.pull.clone();
        Box::pin(serve_worker::<T, C>(pull, settlements, jobs, prefetch))
    }
}

/// Sends jobs until the worker has `prefetch` of them, and hears what became of each. Those that it
/// has when its call ends go back to the queue, for their acknowledgements are dropped with this.
async fn serve_worker<T: Clone + Send + Sync + 'static, C: Codec<T>>(
    mut pull: ReliablePull<T>,
    mut settlements: Receiving<Bytes>,
    mut jobs: Sending<Bytes>,
    prefetch: usize,
) -> Result<(), Status> {
    let (mut taken, mut number) = (HashMap::new(), 0);
    jobs.send(Bytes::new()).await?;
    loop {
        tokio::select! {
            settlement = settlements.receive() => match settlement? {
                Some(settlement) => settle(&mut taken, settlement).await?,
                None => return Ok(()),
            },
            job = pull.pull(), if taken.len() < prefetch => {
                let job = match job {
                    Ok(job) => job,
                    Err(ReceiveError::Closed) => return Ok(()),
                    Err(error) => return Err(Status::internal(error.to_string())),
                };
                number += 1;
                jobs.send(write_job::<T, C>(&job, number)?).await?;
                taken.insert(number, job.into_parts().1);
            }
        }
    }
}

fn write_job<T, C: Codec<T>>(job: &Delivery<T>, number: u64) -> Result<Bytes, Status> {
    let mut bytes = BytesMut::new();
    bytes.put_u64(number);
    bytes.put_u32(job.attempt());
    pack::<T, C>(job.message(), &mut bytes)?;
    Ok(bytes.freeze())
}

async fn settle(
    taken: &mut HashMap<u64, Acknowledgement>,
    mut settlement: Bytes,
) -> Result<(), Status> {
    let cut = |_| Status::invalid_argument("a settlement is cut off");
    let number = settlement.try_get_u64().map_err(cut)?;
    let verdict = settlement.try_get_u8().map_err(cut)?;
    let delay = Duration::from_millis(settlement.try_get_u64().map_err(cut)?);
    let Some(acknowledgement) = taken.remove(&number) else {
        return Err(Status::invalid_argument(format!(
            "there is no job {number}"
        )));
    };
    let settled = match verdict {
        0 => acknowledgement.ack().await,
        1 => acknowledgement.nack(delay).await,
        2 => acknowledgement.term().await,
        _ => return Err(Status::invalid_argument("a settlement has no such verdict")),
    };
    settled.map_err(|error| Status::internal(error.to_string()))
}
