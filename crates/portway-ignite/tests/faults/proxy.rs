//! A proxy between a client and a node that does what should not happen.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::fault::{Direction, Fault};
use crate::random::Random;

/// One message in so many goes wrong, each way.
const ONE_IN: usize = 40;

/// Forwards connections to a node, and misbehaves until it is told to stop.
pub(crate) struct Proxy {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    plan: Plan,
    healed: watch::Sender<bool>,
    seen: Mutex<BTreeMap<Fault, u32>>,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// Any fault, as the numbers of the seed choose.
    Seeded(u64),
    /// The first connection ends after so many bytes of one direction.
    CutFirst(Direction, usize),
}

impl Proxy {
    pub(crate) async fn start(target: &str, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            plan,
            healed: watch::Sender::new(false),
            seen: Mutex::default(),
        });
        tokio::spawn(shared.clone().serve(listener));
        Self { address, shared }
    }

    /// Forwards everything from now on; what was stalled is cut.
    pub(crate) fn heal(&self) {
        self.shared.healed.send_replace(true);
    }

    /// How often each fault happened.
    pub(crate) fn seen(&self) -> BTreeMap<Fault, u32> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut random = match self.plan {
            Plan::Seeded(seed) => Random::new(seed),
            Plan::CutFirst(..) => Random::new(0),
        };
        let mut is_first = true;
        while let Ok((client, _)) = listener.accept().await {
            let shared = self.clone();
            let (up, down) = (random.branch(), random.branch());
            let first = std::mem::take(&mut is_first);
            tokio::spawn(async move {
                // Whatever happens to a connection is what the test is about.
                let _ = shared.forward(client, first, up, down).await;
            });
        }
    }

    async fn forward(
        &self,
        client: TcpStream,
        is_first: bool,
        up: Random,
        down: Random,
    ) -> io::Result<()> {
        let server = TcpStream::connect(&self.target).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let pump = |direction, from, to, random| Pump {
            shared: self,
            direction,
            from,
            to,
            random,
            cut: self.plan.cut(direction, is_first),
        };
        // The end of one direction is the end of both.
        tokio::select! {
            end = pump(Direction::ToServer, from_client, to_server, up).run() => end,
            end = pump(Direction::ToClient, from_server, to_client, down).run() => end,
        }
    }

    fn is_healed(&self) -> bool {
        *self.healed.borrow()
    }

    fn saw(&self, fault: Fault) {
        *self.seen.lock().unwrap().entry(fault).or_default() += 1;
    }
}

impl Plan {
    /// After how many bytes a connection ends.
    fn cut(&self, direction: Direction, is_first: bool) -> Option<usize> {
        match *self {
            Self::CutFirst(of, bytes) if is_first && of == direction => Some(bytes),
            _ => None,
        }
    }
}

/// One direction of one connection.
struct Pump<'s> {
    shared: &'s Shared,
    direction: Direction,
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    random: Random,
    /// After how many further bytes the connection ends.
    cut: Option<usize>,
}

impl Pump<'_> {
    async fn run(mut self) -> io::Result<()> {
        loop {
            let frame = self.frame().await?;
            if let Some(left) = self.cut {
                let sent = left.min(frame.len());
                self.to.write_all(&frame[..sent]).await?;
                if sent == left {
                    return Ok(());
                }
                self.cut = Some(left - sent);
                continue;
            }
            match self.fault() {
                None => self.to.write_all(&frame).await?,
                Some(fault) => {
                    self.shared.saw(fault);
                    self.misbehave(fault, frame).await?;
                }
            }
        }
    }

    async fn frame(&mut self) -> io::Result<Vec<u8>> {
        let mut frame = vec![0; 4];
        self.from.read_exact(&mut frame).await?;
        let length = i32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]);
        frame.resize(
            4 + usize::try_from(length).expect("both sides are sound"),
            0,
        );
        self.from.read_exact(&mut frame[4..]).await?;
        Ok(frame)
    }

    fn fault(&mut self) -> Option<Fault> {
        let is_seeded = matches!(self.shared.plan, Plan::Seeded(_));
        if !is_seeded || self.shared.is_healed() || self.random.below(ONE_IN) != 0 {
            return None;
        }
        Some(Fault::choose(self.direction, &mut self.random))
    }

    async fn misbehave(&mut self, fault: Fault, frame: Vec<u8>) -> io::Result<()> {
        match fault {
            Fault::Drop => Ok(()),
            Fault::Stall => {
                let mut healed = self.shared.healed.subscribe();
                let _ = healed.wait_for(|healed| *healed).await;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Fault::Cut => {
                let part = self.random.below(frame.len() + 1);
                self.to.write_all(&frame[..part]).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Fault::Delay => {
                tokio::time::sleep(Fault::delay(&mut self.random)).await;
                self.to.write_all(&frame).await
            }
            Fault::Dribble => {
                for byte in frame {
                    self.to.write_all(&[byte]).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
            forgery => {
                let forged = forgery.forge(frame, &mut self.random);
                self.to.write_all(&forged).await
            }
        }
    }
}
