//! libzmq: messages in order between two sockets. It knows no calls, deadlines or cancellation; its
//! sockets have threads of their own.

use std::thread;

use anyhow::Context as _;
use zmq::{Context, Socket, SocketType};

use crate::messaging::load::{Load, Progress, Sample};

/// How often a thread that waits looks whether time is up, in milliseconds.
const LOOK: i32 = 50;

/// Sends as many messages as are to be under way, then one for each that comes back.
pub(crate) fn calls(load: Load) -> anyhow::Result<Sample> {
    let (server, client) = pair(zmq::DEALER, zmq::DEALER)?;
    run(
        load,
        move |progress| {
            while !progress.is_over() {
                if let Some(message) = receive(&server)? {
                    server.send(message, 0)?;
                }
            }
            Ok(())
        },
        move |progress| {
            let message = vec![1; load.size];
            for _ in 0..load.depth {
                client.send(&message, 0)?;
            }
            while !progress.is_over() {
                if receive(&client)?.is_some() {
                    progress.add(1);
                    client.send(&message, 0)?;
                }
            }
            Ok(())
        },
    )
}

/// Sends without waiting; the receiver counts.
pub(crate) fn one_way(load: Load) -> anyhow::Result<Sample> {
    let (receiver, sender) = pair(zmq::PULL, zmq::PUSH)?;
    run(
        load,
        move |progress| {
            while !progress.is_over() {
                if receive(&receiver)?.is_some() {
                    progress.add(1);
                }
            }
            Ok(())
        },
        move |progress| {
            let message = vec![1; load.size];
            while !progress.is_over() {
                send(&sender, &message)?;
            }
            Ok(())
        },
    )
}

/// Two sockets, each in a context of its own, as two programs would have them.
fn pair(listens: SocketType, connects: SocketType) -> anyhow::Result<(Socket, Socket)> {
    let listening = Context::new().socket(listens)?;
    let connecting = Context::new().socket(connects)?;
    listening.bind("tcp://127.0.0.1:*")?;
    let endpoint = listening.get_last_endpoint()?;
    connecting.connect(&endpoint.map_err(|_| anyhow::anyhow!("an address that is no text"))?)?;
    for socket in [&listening, &connecting] {
        socket.set_rcvtimeo(LOOK)?;
        socket.set_sndtimeo(LOOK)?;
        // What nobody reads is not waited for.
        socket.set_linger(0)?;
    }
    Ok((listening, connecting))
}

fn receive(socket: &Socket) -> anyhow::Result<Option<zmq::Message>> {
    match socket.recv_msg(0) {
        Ok(message) => Ok(Some(message)),
        Err(zmq::Error::EAGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn send(socket: &Socket, message: &[u8]) -> anyhow::Result<()> {
    match socket.send(message, 0) {
        Ok(()) | Err(zmq::Error::EAGAIN) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

type Side = Box<dyn FnOnce(Progress) -> anyhow::Result<()> + Send>;

fn run(
    load: Load,
    server: impl FnOnce(Progress) -> anyhow::Result<()> + Send + 'static,
    client: impl FnOnce(Progress) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<Sample> {
    let progress = Progress::default();
    let start = |side: Side| {
        let progress = progress.clone();
        thread::spawn(move || side(progress))
    };
    let sides = [start(Box::new(server)), start(Box::new(client))];
    let sample = progress.measure(load.time);
    for side in sides {
        side.join().ok().context("a side panicked")??;
    }
    sample
}
