//! The patterns over framed connections: one process serves its own subscribers and workers.
//!
//! A [`Hub`] is a [`Service`](crate::Service) that any server has beside others; what the process
//! publishes and pushes goes to whoever is connected. Subscribers and workers in other processes
//! reach it by [`HubClient`]. There is no broker between them: what is not taken lives and dies with
//! the process.
//!
//! | pattern | guarantee | by |
//! |---|---|---|
//! | publish-subscribe | [`AtMostOnce`](super::AtMostOnce) | [`Hub::publisher`], [`HubClient::subscriber`] |
//! | push-pull | [`AtMostOnce`](super::AtMostOnce) | [`Hub::push`], [`HubClient::pull`]: nothing is lost while the connection lives |
//! | push-pull | [`AtLeastOnce`](super::AtLeastOnce) | [`Hub::reliable_push`], [`HubClient::reliable_pull`]: a job outlives its worker, not the process |
//! | fire and forget | | the ends that publish and push |
//!
//! ```
//! use portway_rpc::{
//!     FramedListener, FramedOptions, Server, Target,
//!     pattern::{Pull, Push, Queue, Received, framed::{Hub, HubClient}},
//! };
//!
//! const JOBS: Queue<String> = Queue::new("jobs");
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new();
//! let jobs = hub.push(&JOBS);
//! let listener = FramedListener::tcp("127.0.0.1:0", FramedOptions::new()).await?;
//! let target = Target::Tcp(listener.address().expect("it is TCP").to_string());
//! let server = Server::builder().service(hub).listen(listener);
//! tokio::spawn(server.serve(std::future::pending()));
//!
//! let client = HubClient::connect(target, FramedOptions::new()).await?;
//! let mut worker = client.pull(&JOBS).await?;
//! jobs.push("shrink cat.png".to_owned()).await?;
//! let Received::Message(job) = worker.pull().await? else { unreachable!("nothing is dropped") };
//! assert_eq!(job.body, "shrink cat.png");
//! # Ok(())
//! # }
//! ```

mod client;
mod hub;
mod inlet;
mod log;
mod method;
mod pack;
mod send;
mod serve;
mod store;
mod work;

pub use client::HubClient;
pub use hub::Hub;
pub use inlet::{FramedPull, FramedSubscriber};
pub use pack::MAXIMUM_PACKED;
pub use send::{HubPublisher, HubPush};
pub use work::FramedReliablePull;
