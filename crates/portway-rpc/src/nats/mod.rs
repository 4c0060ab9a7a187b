//! Request and reply over NATS, which foreign programs can take part in on either side.
//!
//! A method `SayHello` of the service `hello.Greeter` is the subject `hello.Greeter.SayHello`, and the
//! service is one of NATS' service protocol: `nats micro ls` lists it.

mod answer;
mod by_name;
mod calls;
mod cancel;
mod channel;
mod code;
mod headers;
mod inbox;
mod listener;
mod options;
mod protocol;
mod requests;
mod service;

pub use channel::NatsChannel;
pub use listener::NatsListener;
pub use options::NatsListenOptions;
