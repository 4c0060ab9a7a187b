//! Answers of several connections that leave together.
//!
//! Where several connections change entries, their answers wait until one call has written all of the
//! changes. Whoever made that call sends the answers too, rather than wake each connection's task. To
//! hand an answer to TCP is more than half of the work for a small change, and the kernel does it
//! within the call; so a thread takes a part of them where there are many.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use bytes::{Buf, Bytes};
use tokio::sync::Notify;

use super::lock;
use super::outbox::Outbox;
use super::shared::Shared;
use super::transport::Outlet;
use crate::engine::ConnectionId;

/// So many answers at once are worth waking a thread for.
const WORTH_HELP: usize = 16;

/// Bytes of one connection that others send. Its task has what they could not send back at the end.
#[derive(Debug)]
pub(super) struct Letter {
    connection: ConnectionId,
    outlet: Outlet,
    outbox: Arc<Outbox>,
    bytes: Bytes,
}

impl Letter {
    /// Nothing more can be taken from `outbox` until this is dropped.
    pub(super) fn new(
        connection: ConnectionId,
        outlet: Outlet,
        outbox: Arc<Outbox>,
        bytes: Bytes,
    ) -> Self {
        outbox.lend();
        Self {
            connection,
            outlet,
            outbox,
            bytes,
        }
    }

    /// Sends what the socket takes now. What is wrong with it, the connection's task finds out.
    fn send(mut self) {
        while !self.bytes.is_empty() {
            match self.outlet.try_write(&self.bytes) {
                Ok(0) | Err(_) => break,
                Ok(written) => self.bytes.advance(written),
            }
        }
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.outbox.give_back(std::mem::take(&mut self.bytes));
    }
}

/// Answers that wait for the next call to write changes, and those that it was made for: one for each
/// connection at most.
#[derive(Debug, Default)]
pub(super) struct Group {
    joined: Mutex<Vec<Letter>>,
    came: Notify,
    post: Arc<Post>,
}

impl Group {
    /// Has a letter sent with those of others.
    pub(super) fn join(&self, letter: Letter) {
        let mut joined = lock(&self.joined);
        joined.push(letter);
        let is_first = joined.len() == 1;
        drop(joined);
        if is_first {
            self.came.notify_one();
        }
    }
}

/// Ends the thread that helps.
impl Drop for Group {
    fn drop(&mut self) {
        self.post.close();
    }
}

/// Sends groups for ever.
pub(super) async fn send_groups(shared: Arc<Shared>) {
    loop {
        shared.group.came.notified().await;
        // Who changes entries in this turn of the runtime joins them.
        tokio::task::yield_now().await;
        shared.send_group();
    }
}

impl Shared {
    /// Sends what has joined, after the changes that it tells of are written. Where that fails each
    /// task has its letter back, and finds out whether its own client would be told of them.
    fn send_group(&self) {
        let letters = std::mem::take(&mut *lock(&self.group.joined));
        let connections = letters.iter().map(|letter| letter.connection);
        if self.flush_for_several(connections) {
            self.group.post.send(letters);
        }
    }
}

/// Letters that may leave, sent by whoever brings them and by a thread.
#[derive(Debug, Default)]
struct Post {
    state: Mutex<PostState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PostState {
    letters: Vec<Letter>,
    /// The thread begins with the first letters that are many.
    has_helper: bool,
    is_closed: bool,
}

impl Post {
    /// Sends letters, and those that are there already.
    fn send(self: &Arc<Self>, letters: Vec<Letter>) {
        if letters.len() >= WORTH_HELP {
            self.share(letters);
            self.send_shared();
        } else {
            letters.into_iter().for_each(Letter::send);
        }
    }

    fn share(self: &Arc<Self>, letters: Vec<Letter>) {
        let mut state = lock(&self.state);
        state.letters.extend(letters);
        // Without a thread they are sent as well, and the next ones may have one.
        state.has_helper = state.has_helper || self.begin_helper();
        drop(state);
        self.changed.notify_one();
    }

    fn begin_helper(self: &Arc<Self>) -> bool {
        let post = Arc::clone(self);
        let thread = thread::Builder::new().name("grid-send".to_owned());
        thread.spawn(move || post.help()).is_ok()
    }

    fn help(&self) {
        while self.has_more() {
            self.send_shared();
        }
    }

    /// Waits for letters; not any more at the end.
    fn has_more(&self) -> bool {
        let has_none = |state: &mut PostState| state.letters.is_empty() && !state.is_closed;
        let state = self.changed.wait_while(lock(&self.state), has_none);
        !state.unwrap_or_else(PoisonError::into_inner).is_closed
    }

    fn send_shared(&self) {
        while let Some(letter) = self.next() {
            letter.send();
        }
    }

    fn next(&self) -> Option<Letter> {
        lock(&self.state).letters.pop()
    }

    fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::server::durability::Durability;
    use crate::server::outbox::Taken;
    use crate::server::transport::Transport;

    async fn connect() -> (TcpStream, Outlet) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (server, _) = listener.accept().await.unwrap();
        server.writable().await.unwrap();
        let (_, _, outlet) = server.into_halves();
        (client.unwrap(), outlet.unwrap())
    }

    fn letter(outlet: &Outlet, outbox: &Arc<Outbox>, bytes: Bytes) -> Letter {
        Letter::new(
            ConnectionId(1),
            Arc::clone(outlet),
            Arc::clone(outbox),
            bytes,
        )
    }

    fn outbox() -> Arc<Outbox> {
        Arc::new(Outbox::new(1024, Durability::none()))
    }

    #[tokio::test]
    async fn letters_of_many_connections_all_arrive() {
        let post = Arc::new(Post::default());
        let (mut clients, mut letters) = (Vec::new(), Vec::new());
        for number in 0..4 * WORTH_HELP {
            let (client, outlet) = connect().await;
            clients.push(client);
            let bytes = Bytes::from(number.to_be_bytes().to_vec());
            letters.push(letter(&outlet, &outbox(), bytes));
        }
        post.send(letters);
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.read_u64().await.unwrap(), number as u64);
        }
        post.close();
    }

    #[tokio::test]
    async fn what_a_full_socket_does_not_take_comes_back_and_nothing_is_lost_or_sent_twice() {
        const LENGTH: usize = 64 * 1024 * 1024;
        let (mut client, outlet) = connect().await;
        let outbox = outbox();
        letter(&outlet, &outbox, Bytes::from(vec![7; LENGTH])).send();
        let Taken::Back(rest) = outbox.take().await.unwrap() else {
            panic!("all of it was sent to a client that does not read");
        };
        drop(outlet);
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received.len() + rest.len(), LENGTH);
    }
}
